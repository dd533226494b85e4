// DriveCore: the Drive, put together from its parts. What each use case does is in the drive_*.cpp files.
//
// The order of the members is the order in which they are made; each may use those before it.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <shared_mutex>

#include "storage/account_book.hpp"
#include "storage/answers.hpp"
#include "storage/catalog_epoch.hpp"
#include "storage/change_weight.hpp"
#include "storage/check_phase.hpp"
#include "storage/collector.hpp"
#include "storage/drive.hpp"
#include "storage/file_commit.hpp"
#include "storage/pins.hpp"
#include "storage/tree_mirror.hpp"
#include "storage/uploads.hpp"

namespace ndisk::storage {

class DriveCore final : public Drive {
 public:
  DriveCore(DriveOptions options, FileLayer& files, const Clock& clock, DataDirectory directory,
            std::unique_ptr<Catalog> catalog);
  ~DriveCore() override;
  // Recovers from a crash and starts the mirror. Before any use.
  [[nodiscard]] Result<void> start();

  Accounts& accounts() override { return accounts_; }
  void put_small(const Actor& actor, SmallFile file, Completion<Committed> done) override;
  void offer(const Actor& actor, UploadOffer offer, Completion<OfferAnswer> done) override;
  void commit(std::unique_ptr<UploadWriter> writer, std::uint64_t size, const Digest& sha256,
              Completion<Committed> done) override;
  Result<void> abandon(std::unique_ptr<UploadWriter> writer) override;
  Result<std::unique_ptr<FileReader>> open_file(const Actor& actor, const OpenTarget& target) override;
  Result<void> mark_damaged(const FileReader& file) override;
  Result<void> mark_unreadable(const FileReader& file) override;
  Result<ListPage> list(const Actor& actor, const ListRequest& request) override;
  Result<Status> stat(const Actor& actor, const RemotePath& path) override;
  void remove(const Actor& actor, const RequestId& request_id, const RemotePath& path, bool recursive,
              Completion<std::uint64_t> done) override;
  void make_folder(const Actor& actor, FolderRequest request, Completion<std::uint64_t> done) override;
  void move(const Actor& actor, MoveRequest request, Completion<Placed> done) override;
  void copy(const Actor& actor, CopyRequest request, Completion<Placed> done) override;
  Result<std::vector<VersionSummary>> versions(const Actor& actor, const RemotePath& path, std::uint64_t before,
                                               std::size_t limit) override;
  void restore(const Actor& actor, const RequestId& request_id, const RemotePath& path,
               std::optional<std::uint64_t> version, Completion<Placed> done) override;
  Result<std::vector<TrashItem>> trash(const Actor& actor, std::uint64_t before, std::size_t limit) override;
  void restore_trash(const Actor& actor, const RequestId& request_id, std::uint64_t id,
                     const std::optional<RemotePath>& to, Completion<Placed> done) override;
  void empty_trash(const Actor& actor, EmptyTrashRequest request, Completion<Emptied> done) override;
  Result<ReceiptState> receipt_state(const Actor& actor, std::uint64_t sequence) override;
  Result<std::vector<UploadSummary>> uploads(const Actor& actor) override;
  Result<void> cancel_upload(const Actor& actor, const UploadId& id) override;
  Result<StorageStatus> status() override;
  Result<CollectReport> collect() override;
  Result<CollectReport> collect_all() override;
  Result<std::unique_ptr<Check>> check(const CheckRequest& request) override;
  Result<void> flush_tree() override;
  void end_long_work() override;
  void close() override;

 private:
  // Held by each call while it runs, so that close() can wait for them. From the moment it does, it lets nobody in.
  class Gate {
   public:
    explicit Gate(DriveCore& core) : lock_(core.gate_, std::defer_lock) {
      if (core.closing_) return;
      lock_.lock();
      is_open_ = !core.closing_;
    }
    [[nodiscard]] bool is_open() const { return is_open_; }

   private:
    std::shared_lock<std::shared_mutex> lock_;
    bool is_open_ = false;
  };
  struct FoundVersion {
    VersionRow version;
    ObjectRow object;
    bool is_current = false;
  };

  friend class DriveCheck;
  CheckedParts checked_parts();

  static Error closed_error() { return {ErrorCode::kShuttingDown, "the server is stopping; try again later", true}; }
  // Heavy: it has much to write, and takes turns with what others have.
  void submit(const Actor& actor, bool is_heavy, std::unique_ptr<Mutation> change);
  Result<Weight> weigh_restore(const Actor& actor, const FromTrash& what);
  Result<void> check_room_for_copy(const Weight& weight);
  void restore_from(const Actor& actor, const FromTrash& what, const RequestId& request_id, RequestKind kind,
                    Change<Placed>::Apply apply, Completion<Placed> done);
  Result<std::optional<Placed>> placed_before(const Asked& asked);
  Result<void> prepare_tree();
  void committed(std::int64_t last_outbox_seq);  // on the queue's thread
  Result<void> begin_epoch();
  Result<void> check_content(const Actor& actor, const RemotePath& path, std::optional<std::uint64_t> version);
  Result<void> look_again(std::int64_t object);
  Result<FoundVersion> find_version(const Actor& actor, const OpenTarget& target);
  Result<ObjectStore::Opened> open_content(FoundVersion& found);
  Result<std::optional<ObjectStore::Opened>> open_twin(FoundVersion& found);
  // By the error of opening or checking it, so that it is not found as a healthy one again; the error itself if that
  // says nothing of the object.
  Result<void> note_damage(const ObjectRow& object, const Error& error);
  Result<void> mark_read(const FileReader& file, Result<void> (*mark)(CommitQueue&, const ObjectRow&));
  // Whether the object is intact on disk; one that is not is quarantined, or noted as unreadable. What else could not
  // be found out, or not be recorded, is an error: the catalog would go on referring to content that is not there.
  Result<bool> is_usable(const ObjectRow& object);
  // A healthy object with this content that is intact on disk. Pin the content first.
  Result<bool> holds(std::int64_t user, const Digest& sha256);
  Result<std::optional<Committed>> answered(const Actor& actor, const RequestId& request);
  void submit_commit(FileCommit commit, Pins::Pin pin, std::optional<NewObject> object, Completion<Committed> done);

  Result<std::vector<ObjectRow>> check_offer(const Actor& actor, const UploadOffer& offer);
  void tell_of_same_size(const std::vector<ObjectRow>& held, OfferAnswer& answer);
  Result<Digest> sample_of(const ObjectRow& object);
  Result<bool> try_instant(const Actor& actor, const UploadOffer& offer, Completion<OfferAnswer>& done);
  class BegunCommit;
  void commit_staged(BegunCommit begun, FileCommit commit, Completion<Committed> done);

  const DriveOptions options_;
  FileLayer& files_;
  const Clock& clock_;
  DataDirectory directory_;
  std::unique_ptr<Catalog> catalog_;
  ObjectStore objects_;
  Staging staging_;
  Pins pins_;
  UploadRegistry registry_;
  StagedBytes staged_;
  QuarantineFolder quarantine_;
  TreeMirror mirror_;
  CatalogEpoch epoch_;
  SmallFileTurns small_files_;
  CommitQueue queue_;
  ObjectIds ids_;
  Uploads uploads_;
  AccountBook accounts_;
  Collector collector_;
  std::atomic<bool> checking_ = false;
  std::atomic<bool> scrubbing_ = false;
  std::shared_mutex gate_;
  std::mutex looking_again_;  // at what the disk could not read
  std::mutex weighing_restore_;
  std::atomic<bool> long_work_ends_ = false;
  std::atomic<bool> closing_ = false;
  bool closed_ = false;  // guarded by gate_
};

}  // namespace ndisk::storage
