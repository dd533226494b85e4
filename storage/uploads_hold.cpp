// Taking an upload over, or up again where a crash or another session left it.
#include <chrono>
#include <new>

#include "common/random.hpp"
#include "common/shown_name.hpp"
#include "storage/disk_room.hpp"
#include "storage/log.hpp"
#include "storage/upload_writer.hpp"
#include "storage/uploads.hpp"

namespace ndisk::storage {
namespace {

constexpr auto kCommitWait = std::chrono::seconds(60);
constexpr auto kDiskWait = std::chrono::seconds(120);

Error shutting_down() { return {ErrorCode::kShuttingDown, "the server is stopping; the upload can be resumed", true}; }

Error too_many_held() {
  return {ErrorCode::kBusy,
          "this device has " + std::to_string(kMaxHeldUploadsOfDevice) +
              " uploads under way, which are all that it may have: try again when one has ended",
          true};
}

}  // namespace

Uploads::Uploads(FileLayer& files, const Clock& clock, Catalog& catalog, CommitQueue& queue, Staging& staging,
                 UploadRegistry& registry, StagedBytes& staged, UploadLimits limits)
    : files_(files),
      clock_(clock),
      catalog_(catalog),
      queue_(queue),
      staging_(staging),
      registry_(registry),
      staged_(staged),
      limits_(limits) {}

Uploads::~Uploads() { close(); }

Result<std::unique_ptr<UploadWriter>> Uploads::hold(const Actor& actor, const UploadOffer& offer) {
  const UploadKey key{actor.device, offer.path.bytes(), offer.size, offer.attributes.mtime};
  for (;;) {
    const auto upload = registry_.find_or_add(key, kMaxHeldUploadsOfDevice);
    if (!upload) return std::unexpected(too_many_held());
    Lock lock(upload->mutex);
    if (closing_) {
      if (!upload->loaded) retire(*upload);
      return std::unexpected(shutting_down());
    }
    if (upload->retired) continue;
    if (upload->committing) {
      const bool ended = upload->changed.wait_for(lock, kCommitWait, [&] { return !upload->committing; });
      if (!ended) return fail(ErrorCode::kBusy, "the same upload is being committed; try again", true);
      return nullptr;
    }
    const auto holder = take_over(upload, lock);
    if (!holder) return std::unexpected(holder.error());
    if (upload->retired) continue;
    std::unique_ptr<StagedWriter> writer;
    Result<void> loaded;
    try {
      loaded = load(*upload, actor, offer);
      if (loaded) writer = std::make_unique<StagedWriter>(*this, upload, *holder);
    } catch (const std::bad_alloc&) {
      loaded = std::unexpected(out_of_memory());
    }
    if (!loaded && upload->loaded) {
      // All of it is there: it is put away as if this session had gone.
      lock.unlock();
      release(upload, *holder);
      return std::unexpected(std::move(loaded.error()));
    }
    if (!loaded) {
      retire(*upload);
      settle_quota(*upload);
      return std::unexpected(std::move(loaded.error()));
    }
    lock.unlock();
    // First: nothing of a revoked device stays.
    if (auto taken = take_quota(upload, *holder, actor); !taken) return std::unexpected(std::move(taken.error()));
    if (auto fits = check_space(*upload); !fits) return std::unexpected(std::move(fits.error()));
    return writer;
  }
}

// Fences the holder off, and waits for a checkpoint that is under way. Returns the number of the new hold.
Result<std::uint64_t> Uploads::take_over(const SharedUpload& shared, Lock& lock) {
  auto& upload = *shared;
  const auto holder = ++upload.holder;
  upload.changed.notify_all();
  const bool quiet = upload.changed.wait_for(
      lock, kDiskWait, [&] { return !upload.checkpointing || upload.holder != holder || upload.retired; });
  // Nobody holds it now: it is put away as if this session had gone.
  if (!quiet) checkpointer_.post([this, shared, holder] { release(shared, holder); });
  if (!quiet) return fail(ErrorCode::kBusy, "the server's disk is slow to take the same upload; try again", true);
  if (upload.holder == holder || upload.retired) return holder;
  return fail(ErrorCode::kConflict,
              "the upload of " + shown_name(upload.key.path) + " was taken over by another session");
}

// With the upload's mutex held, and no checkpoint under way.
Result<void> Uploads::load(ActiveUpload& upload, const Actor& actor, const UploadOffer& offer) {
  const auto ending = ending_.begin(upload.id);
  if (upload.loaded && offer.start_over) {
    (void)staging_.remove(upload.id);
    upload.loaded = false;
  }
  upload.make_unknown();
  if (upload.broken) {
    // Without a row nothing of it can be taken up again.
    if (!upload.recorded) (void)staging_.remove(upload.id);
    upload.loaded = false;
  }
  upload.broken.reset();
  upload.actor = actor;
  upload.request = offer.request_id;
  upload.attributes = offer.attributes;
  upload.precondition = offer.precondition;
  upload.receipt = offer.receipt;
  if (upload.loaded) {
    upload.make_known();
    return {};
  }

  upload.digest = Sha256();
  upload.received = upload.durable = upload.checkpointed_from = upload.writeback_from = 0;
  upload.recorded = upload.checkpoint_wanted = false;
  auto resumed = load_recorded(upload);
  if (!resumed) return std::unexpected(std::move(resumed.error()));
  if (*resumed && !offer.start_over) {
    upload.loaded = true;
    upload.make_known();
    return {};
  }
  // Never the same file again: what a row says of an old one must not be believed of the new one.
  if (*resumed) {
    forget_row(upload.id);
    (void)staging_.remove(upload.id);
  }
  upload.recorded = false;
  upload.digest = Sha256();
  upload.received = upload.durable = upload.checkpointed_from = upload.writeback_from = 0;
  staged_.remove(upload.id);
  upload.id = random_bytes<16>();
  upload.created = clock_.now();
  auto file = staging_.create(upload.id);
  if (!file) return fail_with_context(shown_name(upload.key.path), std::move(file.error()));
  upload.file = std::move(*file);
  upload.loaded = true;
  upload.make_known();
  return {};
}

// False: there is nothing that can be taken up.
Result<bool> Uploads::load_recorded(ActiveUpload& upload) {
  auto row = catalog_.read(
      [&](Database& database) -> Result<std::optional<UploadRow>> { return UploadTable(database).find(upload.key); });
  if (!row) return std::unexpected(std::move(row.error()));
  if (!*row) return false;
  upload.recorded = true;
  const auto& found = **row;
  auto digest = Sha256::restore(found.midstate);
  auto file = staging_.reopen(found.id, found.durable);
  if (!file && file.error().code != ErrorCode::kIntegrity) return std::unexpected(std::move(file.error()));
  if (!file || !digest || digest->size() != found.durable) {
    log_warning("an upload of " + shown_name(found.key.path) +
                " starts over: its staged file is not what was recorded");
    forget_row(found.id);
    (void)staging_.remove(found.id);
    staged_.remove(found.id);
    return false;
  }
  upload.id = found.id;
  upload.created = found.created;
  upload.file = std::move(*file);
  upload.digest = *digest;
  upload.received = upload.durable = upload.checkpointed_from = upload.writeback_from = found.durable;
  return true;
}

Result<void> Uploads::check_space(const ActiveUpload& upload) {
  if (!upload.key.size) return {};
  const auto status = files_.file_system(staging_.folder());
  if (!status) return fail_disk(status.error(), "look at", "the data directory's file system");
  const std::uint64_t missing = *upload.key.size - std::min(*upload.key.size, upload.received.load());
  const std::uint64_t room = status->free_bytes - std::min(status->free_bytes, kReserveBytes);
  if (missing == 0 || missing <= room) return {};
  return fail(ErrorCode::kNoSpace, shown_name(upload.key.path) + " does not fit: " + std::to_string(missing) +
                                       " bytes are missing and the server's disk has room for " + std::to_string(room) +
                                       "; free some space there");
}

void Uploads::retire(ActiveUpload& upload) {
  upload.retired = true;
  upload.make_unknown();
  upload.frozen = true;
  upload.file.reset();
  registry_.remove(upload);
  upload.changed.notify_all();
}

}  // namespace ndisk::storage
