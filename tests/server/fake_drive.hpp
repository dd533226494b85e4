// A drive that keeps nothing and answers at once: sessions are tested against it without a disk.
#pragma once

#include <atomic>

#include "storage/accounts.hpp"
#include "storage/drive.hpp"

namespace ndisk::server {

class FakeAccounts final : public storage::Accounts {
 public:
  Result<storage::InviteToken> create_invite(const std::string&) override { return storage::InviteToken{1}; }
  Result<storage::Identity> enrol(const storage::InviteToken&, const storage::PublicKey&, const std::string&) override {
    return local_owner();
  }
  Result<storage::Identity> find_device(const storage::PublicKey&) override {
    return fail(ErrorCode::kNotAllowed, "no such device");
  }
  Result<storage::Identity> local_owner() override { return storage::Identity{{1, {}}, "owner", "local"}; }
  Result<void> create_user(const std::string&, std::optional<std::uint64_t>) override { return {}; }
  Result<std::int64_t> remove_user(const std::string&, bool) override { return 2; }
  Result<void> set_quota(const std::string&, std::optional<std::uint64_t>) override { return {}; }
  Result<std::vector<storage::UserSummary>> users(const std::string&, std::size_t) override {
    return std::vector<storage::UserSummary>();
  }
  Result<std::vector<storage::DeviceSummary>> devices(const std::string&, const std::optional<storage::DeviceId>&,
                                                      std::size_t) override {
    return std::vector<storage::DeviceSummary>();
  }
  Result<void> revoke_device(const storage::DeviceId&) override { return {}; }
  Result<bool> is_new() override { return false; }
};

// What the drive was asked and has seen; shared by its writers.
struct FakeDriveLog {
  std::atomic<int> small_files = 0;
  std::atomic<std::uint64_t> uploaded_bytes = 0;
  std::atomic<int> paused_uploads = 0;
  std::atomic<int> committed_uploads = 0;
  std::atomic<int> abandoned_uploads = 0;
};

class FakeWriter final : public storage::UploadWriter {
 public:
  explicit FakeWriter(FakeDriveLog& log) : log_(log) {}
  ~FakeWriter() override {
    if (!used_up) ++log_.paused_uploads;
  }
  const storage::UploadId& id() const override { return id_; }
  std::uint64_t received() const override { return received_; }
  Digest sha256_so_far() const override { return {}; }
  std::uint64_t durable() const override { return 0; }
  Result<void> append(std::uint64_t offset, ByteView bytes) override {
    if (offset != received_) return fail(ErrorCode::kInvalid, "not the next offset");
    received_ += bytes.size();
    log_.uploaded_bytes += bytes.size();
    return {};
  }
  bool used_up = false;

 private:
  FakeDriveLog& log_;
  storage::UploadId id_{};
  std::uint64_t received_ = 0;
};

class FakeDrive final : public storage::Drive {
 public:
  FakeDriveLog log;

  storage::Accounts& accounts() override { return accounts_; }
  void put_small(const storage::Actor&, storage::SmallFile file,
                 storage::Completion<storage::Committed> done) override {
    ++log.small_files;
    done(storage::Committed{.version = 1, .size = file.content.size(), .sha256 = file.sha256});
  }
  void offer(const storage::Actor&, storage::UploadOffer, storage::Completion<storage::OfferAnswer> done) override {
    done(storage::OfferAnswer{.committed = {}, .writer = std::make_unique<FakeWriter>(log)});
  }
  void commit(std::unique_ptr<storage::UploadWriter> writer, std::uint64_t size, const Digest& sha256,
              storage::Completion<storage::Committed> done) override {
    static_cast<FakeWriter&>(*writer).used_up = true;
    ++log.committed_uploads;
    done(storage::Committed{.version = 2, .size = size, .sha256 = sha256});
  }
  Result<void> abandon(std::unique_ptr<storage::UploadWriter> writer) override {
    static_cast<FakeWriter&>(*writer).used_up = true;
    ++log.abandoned_uploads;
    return {};
  }
  Result<std::unique_ptr<storage::FileReader>> open_file(const storage::Actor&, const storage::OpenTarget&) override {
    return fail(ErrorCode::kNotFound, "no such file");
  }
  Result<storage::ListPage> list(const storage::Actor&, const storage::ListRequest& request) override {
    storage::ListPage page;
    if (request.after.empty()) {
      page.entries.push_back({.path = "a"});
    } else {
      page.entries.push_back({.path = "b"});
      page.last = true;
    }
    return page;
  }
  void remove(const storage::Actor&, const storage::RequestId&, const RemotePath&, bool,
              storage::Completion<std::uint64_t> done) override {
    done(7);
  }
  void make_folder(const storage::Actor&, storage::FolderRequest, storage::Completion<std::uint64_t> done) override {
    done(8);
  }
  Result<storage::Status> stat(const storage::Actor&, const RemotePath&) override { return storage::Status{}; }
  void move(const storage::Actor&, storage::MoveRequest request, storage::Completion<storage::Placed> done) override {
    done(storage::Placed{9, request.to.bytes()});
  }
  void copy(const storage::Actor&, storage::CopyRequest request, storage::Completion<storage::Placed> done) override {
    done(storage::Placed{10, request.to.bytes()});
  }
  Result<std::vector<storage::VersionSummary>> versions(const storage::Actor&, const RemotePath&, std::uint64_t,
                                                        std::size_t) override {
    return std::vector<storage::VersionSummary>();
  }
  void restore(const storage::Actor&, const storage::RequestId&, const RemotePath& path, std::optional<std::uint64_t>,
               storage::Completion<storage::Placed> done) override {
    done(storage::Placed{11, path.bytes()});
  }
  Result<std::vector<storage::TrashItem>> trash(const storage::Actor&, std::uint64_t, std::size_t) override {
    return std::vector<storage::TrashItem>();
  }
  void restore_trash(const storage::Actor&, const storage::RequestId&, std::uint64_t, const std::optional<RemotePath>&,
                     storage::Completion<storage::Placed> done) override {
    done(storage::Placed{12, "a"});
  }
  void empty_trash(const storage::Actor&, storage::EmptyTrashRequest,
                   storage::Completion<storage::Emptied> done) override {
    done(storage::Emptied{13, 0});
  }
  Result<storage::ReceiptState> receipt_state(const storage::Actor&, std::uint64_t) override {
    return storage::ReceiptState{};
  }
  Result<std::vector<storage::UploadSummary>> uploads(const storage::Actor&) override {
    return std::vector<storage::UploadSummary>(30);
  }
  Result<void> cancel_upload(const storage::Actor&, const storage::UploadId&) override { return {}; }
  Result<storage::StorageStatus> status() override { return storage::StorageStatus{.files = 3}; }
  Result<storage::CollectReport> collect() override { return storage::CollectReport{}; }
  Result<void> flush_tree() override { return {}; }
  void close() override {}

 private:
  FakeAccounts accounts_;
};

}  // namespace ndisk::server
