// A drive that keeps nothing and answers at once: sessions are tested against it without a disk.
#pragma once

#include <atomic>
#include <thread>

#include "tests/server/fake_accounts.hpp"

namespace ndisk::server {

// What the drive was asked and has seen; shared by its writers.
struct FakeDriveLog {
  std::atomic<int> small_files = 0;
  std::atomic<std::uint64_t> uploaded_bytes = 0;
  std::atomic<int> offered_uploads = 0;  // writers handed out; each is paused, committed or abandoned in the end
  std::atomic<int> paused_uploads = 0;
  std::atomic<std::thread::id> paused_by;  // the last of them, on this thread
  std::atomic<int> committed_uploads = 0;
  std::atomic<int> abandoned_uploads = 0;
  std::atomic<int> opened_files = 0;
  std::atomic<int> administered = 0;  // calls that only an administrator may have made
};

// Called first, on the pool's thread, by each append of an upload.
using AtAppend = std::function<Result<void>(std::uint64_t offset)>;

class FakeReader final : public storage::FileReader {
 public:
  FakeReader(const Bytes& content, std::size_t readable, ErrorCode unread, Digest sha256, std::atomic<int>& forgotten)
      : content_(content),
        readable_(std::min(readable, content.size())),
        unread_(unread),
        sha256_(sha256),
        forgotten_(forgotten) {}
  std::uint64_t size() const override { return content_.size(); }
  const Digest& sha256() const override { return sha256_; }
  const storage::Attributes& attributes() const override { return attributes_; }
  std::uint64_t version() const override { return 21; }
  std::int64_t object() const override { return 5; }
  storage::Kind kind() const override { return storage::Kind::kFile; }
  bool is_current() const override { return true; }
  void forget_cached() const override { ++forgotten_; }
  Result<std::size_t> read(std::uint64_t offset, std::span<std::uint8_t> out) const override {
    if (offset >= content_.size()) return 0;
    if (offset >= readable_) return fail(unread_, "the object is cut short");
    const auto count = std::min(out.size(), readable_ - static_cast<std::size_t>(offset));
    std::copy_n(content_.begin() + static_cast<std::ptrdiff_t>(offset), count, out.begin());
    return count;
  }

 private:
  const Bytes& content_;
  std::size_t readable_;  // the rest is lost
  ErrorCode unread_;      // what is said of it
  Digest sha256_;
  storage::Attributes attributes_;
  std::atomic<int>& forgotten_;
};

class FakeWriter final : public storage::UploadWriter {
 public:
  FakeWriter(FakeDriveLog& log, const AtAppend& at_append) : log_(log), at_append_(at_append) {
    ++log_.offered_uploads;
  }
  ~FakeWriter() override {
    if (used_up) return;
    log_.paused_by = std::this_thread::get_id();
    ++log_.paused_uploads;
  }
  const storage::UploadId& id() const override { return id_; }
  std::uint64_t received() const override { return received_; }
  Digest sha256_so_far() const override { return {}; }
  std::uint64_t durable() const override { return 0; }
  Result<void> append(std::uint64_t offset, ByteView bytes) override {
    if (auto begun = at_append_(offset); !begun) return begun;
    if (offset != received_) return fail(ErrorCode::kInvalid, "not the next offset");
    received_ += bytes.size();
    log_.uploaded_bytes += bytes.size();
    return {};
  }
  bool used_up = false;

 private:
  FakeDriveLog& log_;
  const AtAppend& at_append_;
  storage::UploadId id_{};
  std::atomic<std::uint64_t> received_ = 0;
};

class FakeDrive final : public storage::Drive {
 public:
  FakeDriveLog log;
  FakeAccounts fake_accounts;
  std::function<void()> collected = [] {};
  // Called first, on the thread that asks: by whatever goes to the catalog's writer; by versions(); by list().
  std::function<void()> at_change = [] {};
  std::function<void()> at_small_file = [] {};
  std::function<void()> at_versions = [] {};
  std::function<void()> at_list = [] {};
  AtAppend at_append = [](std::uint64_t) { return Result<void>(); };
  // What was asked for last.
  storage::SmallFile small_file;
  storage::ListRequest list_request;
  storage::FolderRequest folder_request;
  storage::MoveRequest move_request;
  storage::CopyRequest copy_request;
  storage::OpenTarget opened;
  std::optional<std::uint64_t> restored_version;
  std::optional<RemotePath> restored_to;
  storage::EmptyTrashRequest empty_request;
  // What is answered.
  std::optional<Bytes> held;                 // every path's and version's; none: there is none
  std::size_t readable = SIZE_MAX;           // bytes of it
  ErrorCode unread = ErrorCode::kIntegrity;  // what is said of the rest
  std::optional<Digest> recorded;            // its digest, if it is another
  std::vector<std::int64_t> marked;          // objects that are damaged, as the drive was told
  std::vector<std::int64_t> unreadable;      // objects that can't be read, as the drive was told
  std::atomic<int> forgotten = 0;            // readers that were told to read from the disk
  std::vector<storage::ListPage> pages;      // in this order
  storage::Status status_answer;
  std::uint64_t emptied = 0;
  std::size_t versions_held = 0;
  std::size_t trash_items = 0;

  storage::Accounts& accounts() override { return fake_accounts; }
  void put_small(const storage::Actor&, storage::SmallFile file,
                 storage::Completion<storage::Committed> done) override {
    at_small_file();
    ++log.small_files;
    small_file = std::move(file);
    storage::Committed committed{.version = 1, .size = small_file.content.size(), .sha256 = small_file.sha256};
    if (small_file.receipt) {
      committed.receipt = Receipt{.user = "owner", .sequence = 4, .path = small_file.path.bytes(), .version = 1};
    }
    done(std::move(committed));
  }
  void offer(const storage::Actor&, storage::UploadOffer, storage::Completion<storage::OfferAnswer> done) override {
    done(storage::OfferAnswer{.committed = {}, .writer = std::make_unique<FakeWriter>(log, at_append)});
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
  Result<std::unique_ptr<storage::FileReader>> open_file(const storage::Actor&,
                                                         const storage::OpenTarget& target) override {
    opened = target;
    ++log.opened_files;
    if (!held) return fail(ErrorCode::kNotFound, "no such file");
    return std::make_unique<FakeReader>(*held, readable, unread, recorded.value_or(sha256(*held)), forgotten);
  }
  Result<void> mark_damaged(const storage::FileReader& file) override {
    marked.push_back(file.object());
    return {};
  }
  Result<void> mark_unreadable(const storage::FileReader& file) override {
    unreadable.push_back(file.object());
    return {};
  }
  Result<storage::ListPage> list(const storage::Actor&, const storage::ListRequest& request) override {
    at_list();
    list_request = request;
    if (pages.empty()) return fail(ErrorCode::kNotFound, "no such folder");
    auto page = std::move(pages.front());
    pages.erase(pages.begin());
    return page;
  }
  void remove(const storage::Actor&, const storage::RequestId&, const RemotePath&, bool,
              storage::Completion<std::uint64_t> done) override {
    at_change();
    done(7);
  }
  void make_folder(const storage::Actor&, storage::FolderRequest request,
                   storage::Completion<std::uint64_t> done) override {
    at_change();
    folder_request = std::move(request);
    done(8);
  }
  Result<storage::Status> stat(const storage::Actor&, const RemotePath&) override { return status_answer; }
  void move(const storage::Actor&, storage::MoveRequest request, storage::Completion<storage::Placed> done) override {
    at_change();
    move_request = std::move(request);
    done(storage::Placed{9, "there"});
  }
  void copy(const storage::Actor&, storage::CopyRequest request, storage::Completion<storage::Placed> done) override {
    at_change();
    copy_request = std::move(request);
    done(storage::Placed{10, "copy"});
  }
  Result<std::vector<storage::VersionSummary>> versions(const storage::Actor&, const RemotePath&, std::uint64_t before,
                                                        std::size_t limit) override {
    at_versions();
    std::vector<storage::VersionSummary> page;
    for (auto number = before == 0 ? versions_held : before - 1; number > 0 && page.size() < limit; --number) {
      page.push_back({.version = number, .device_name = std::string(255, 'd')});
    }
    return page;
  }
  void restore(const storage::Actor&, const storage::RequestId&, const RemotePath& path,
               std::optional<std::uint64_t> version, storage::Completion<storage::Placed> done) override {
    at_change();
    restored_version = version;
    done(storage::Placed{11, path.bytes()});
  }
  Result<std::vector<storage::TrashItem>> trash(const storage::Actor&, std::uint64_t before,
                                                std::size_t limit) override {
    std::vector<storage::TrashItem> page;
    for (auto id = before == 0 ? trash_items : before - 1; id > 0 && page.size() < limit; --id) {
      page.push_back({.id = id, .path = std::string(4000, 'p'), .device_name = "laptop"});
    }
    return page;
  }
  void restore_trash(const storage::Actor&, const storage::RequestId&, std::uint64_t,
                     const std::optional<RemotePath>& to, storage::Completion<storage::Placed> done) override {
    at_change();
    restored_to = to;
    done(storage::Placed{12, "a"});
  }
  void empty_trash(const storage::Actor&, storage::EmptyTrashRequest request,
                   storage::Completion<storage::Emptied> done) override {
    at_change();
    empty_request = std::move(request);
    done(storage::Emptied{13, emptied});
  }
  Result<storage::ReceiptState> receipt_state(const storage::Actor&, std::uint64_t sequence) override {
    storage::ReceiptState state{.sha256 = {}, .last = 4, .change = 30};
    if (sequence == 4) state.sha256 = Digest{9};
    return state;
  }
  Result<std::vector<storage::UploadSummary>> uploads(const storage::Actor&) override {
    return std::vector<storage::UploadSummary>(30, {.path = std::string(4000, 'p')});
  }
  Result<void> cancel_upload(const storage::Actor&, const storage::UploadId&) override {
    at_change();
    return {};
  }
  Result<storage::StorageStatus> status() override {
    ++log.administered;
    return storage::StorageStatus{.files = 3};
  }
  Result<storage::CollectReport> collect() override {
    collected();
    return storage::CollectReport{};
  }
  Result<storage::CollectReport> collect_all() override {
    ++log.administered;
    return collect();
  }
  std::function<std::unique_ptr<storage::Check>(const storage::CheckRequest&)> make_check;  // none: busy
  Result<std::unique_ptr<storage::Check>> check(const storage::CheckRequest& request) override {
    ++log.administered;
    if (make_check) return make_check(request);
    return fail(ErrorCode::kBusy, "another check is under way", true);
  }
  Result<void> flush_tree() override { return {}; }
  void end_long_work() override {}
  void close() override {}
};

}  // namespace ndisk::server
