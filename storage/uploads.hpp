// Uploads: the life of transfers towards a version: holding and fencing, appending, checkpoints, giving up.
//
// A session holds an upload through an UploadWriter. What it appends goes to the staged file and into a digest at
// once; a thread of its own makes it durable now and then and records how far, with the digest's midstate, in the
// catalog. An upload has no row before its first checkpoint: a short one is never recorded at all. Thread-safe.
#pragma once

#include <memory>
#include <vector>

#include "storage/catalog.hpp"
#include "storage/commit_queue.hpp"
#include "storage/ending_uploads.hpp"
#include "storage/staged_bytes.hpp"
#include "storage/staging.hpp"
#include "storage/upload_registry.hpp"
#include "storage/worker.hpp"

namespace ndisk::storage {

// How much may be received and not yet be durable.
inline constexpr std::uint64_t kMaxUndurableBytes = 48 << 20;
inline constexpr std::uint64_t kMaxUnsizedUndurableBytes = 8 << 20;

// An upload of unknown size can be resumed by nobody but the process that reads its source. So once nobody holds it, it
// waits only as long as such a client may take to come back over a broken network, whose input may pause meanwhile.
inline constexpr TimeNs kUnsizedUploadLifetime = 3600 * kSecondNs;

// Uploads that a device holds at once: each has a file open. And those of a user, held or waiting to be resumed, of
// which anything was received: each has a row and a file.
inline constexpr std::size_t kMaxHeldUploadsOfDevice = 512;
inline constexpr std::size_t kMaxUploadsOfUser = 2000;

// Whose uploads: a user's, or one device's.
struct UploadsOf {
  std::int64_t user = 0;
  std::optional<DeviceId> device;
};

struct UploadLimits {
  std::uint64_t checkpoint_bytes = 0;
  std::uint64_t unsized_checkpoint_bytes = 0;
};

class Uploads {
 public:
  // The queue asks the registry how much is dirty, so both come from outside.
  Uploads(FileLayer& files, const Clock& clock, Catalog& catalog, CommitQueue& queue, Staging& staging,
          UploadRegistry& registry, StagedBytes& staged, UploadLimits limits);
  ~Uploads();

  // Finds or makes the upload and takes it over, and the room that it needs. Null: it was just committed by its other
  // holder; look again. kNoSpace: the disk or the quota has no room for it, or the user has too many. kBusy: the device
  // has too many. kNotAllowed: there is no such user, or the device was revoked.
  [[nodiscard]] Result<std::unique_ptr<UploadWriter>> hold(const Actor& actor, const UploadOffer& offer);

  // What a writer does. `holder` is its number; kConflict if a newer one has taken over.
  [[nodiscard]] Result<void> append(const SharedUpload& upload, std::uint64_t holder, std::uint64_t offset,
                                    ByteView bytes);
  // Makes everything received durable and records it.
  Result<void> checkpoint(const SharedUpload& upload);
  // Checkpoints and gives the hold up; what was received stays for later.
  void release(const SharedUpload& upload, std::uint64_t holder);

  // Ends the hold for a commit: nobody else can have the upload until finish_commit(). kIntegrity if it is not as the
  // client says; then it is dropped.
  [[nodiscard]] Result<void> begin_commit(const SharedUpload& upload, std::uint64_t holder, std::uint64_t size,
                                          const Digest& sha256);
  // On the commit queue's thread too; does not wait. `content_lost` says that the staged bytes can't be trusted.
  void finish_commit(const SharedUpload& upload, bool committed, std::optional<Error> content_lost);

  // Before finish_commit(): the staged file may be an object by now, so it is let alone, and the upload starts over.
  void forget_content(const SharedUpload& upload);

  // Removes the upload and all of it, whoever holds it. `holder` limits that to one hold. False: it had left the
  // registry by itself, and a row may tell of it, or another hold has it.
  Result<bool> drop(const SharedUpload& upload, std::optional<std::uint64_t> holder = std::nullopt);

  // The content came another way: drops the upload of this key soon, unless a session holds it. Does not wait.
  void end_idle(const UploadKey& key);

  [[nodiscard]] Result<std::vector<UploadSummary>> list(std::int64_t user);
  [[nodiscard]] Result<void> cancel(std::int64_t user, const UploadId& id);
  // Drops them, whoever holds them. What can't be dropped at the moment keeps no other; it is logged, and expires.
  void drop_all(const UploadsOf& whose);
  // Drops what nobody holds and nobody touched for so long (for kUnsizedUploadLifetime if its size is not known);
  // returns how many. One that can't be dropped stays, and is the error once the others are. Ends early once `stop` is
  // set.
  [[nodiscard]] Result<std::uint64_t> expire(TimeNs lifetime, const std::atomic<bool>& stop);
  [[nodiscard]] Result<std::uint64_t> count();
  // Its staged file may be gone, and its row goes soon. What has no file, is not ending then and has its row still, is
  // damaged.
  [[nodiscard]] bool is_ending(const UploadId& id) const { return ending_.contains(id); }

  // Removes staged files that no row knows, and counts what the others take. Before the first hold().
  [[nodiscard]] Result<void> recover();
  // Checkpoints everything and fences every holder off.
  void close();

 private:
  using Lock = std::unique_lock<std::mutex>;
  Result<std::uint64_t> take_over(const SharedUpload& shared, Lock& lock);
  Result<void> load(ActiveUpload& upload, const Actor& actor, const UploadOffer& offer);
  Result<bool> load_recorded(ActiveUpload& upload);
  Result<void> check_space(const ActiveUpload& upload);
  Result<void> take_quota(const SharedUpload& upload, std::uint64_t holder, const Actor& actor);
  Result<void> extend_quota(ActiveUpload& upload, std::uint64_t bytes);
  Result<bool> drop_held(std::int64_t user, const UploadId& id);
  // Those that nobody holds. One that can't be dropped stays, and is the error once the others are.
  Result<void> drop_rows(const UploadsOf& whose);
  Result<void> append_piece(const SharedUpload& upload, std::uint64_t holder, ByteView piece, Lock& lock);
  Result<void> wait_for_room(const SharedUpload& upload, std::uint64_t holder, std::uint64_t size, Lock& lock);
  void want_checkpoint(const SharedUpload& upload);
  Result<void> record(const SharedUpload& upload, const UploadRow& row);
  void end_checkpoint(ActiveUpload& upload, std::uint64_t durable, const Result<void>& done, bool sync_failed);
  [[nodiscard]] UploadRow to_row(const ActiveUpload& upload) const;
  [[nodiscard]] Result<UploadRow> row_to_record(ActiveUpload& upload) const;
  // With the upload's mutex held.
  void retire(ActiveUpload& upload);
  // From now on it takes of the quota what is recorded of it.
  void settle_quota(const ActiveUpload& upload);
  // Drops what a row tells of, unless a session holds it: then false.
  Result<bool> drop_idle(const UploadRow& row);
  Result<void> remove_row_of_gone(const UploadId& id);
  Result<void> remove_row(const UploadId& id);
  // The same without waiting: for rows whose file goes. To be called before it does.
  void forget_row(const UploadId& id);

  FileLayer& files_;
  const Clock& clock_;
  Catalog& catalog_;
  CommitQueue& queue_;
  Staging& staging_;
  UploadRegistry& registry_;
  StagedBytes& staged_;
  const UploadLimits limits_;
  EndingUploads ending_;
  std::atomic<bool> closing_ = false;
  Worker checkpointer_;
};

}  // namespace ndisk::storage
