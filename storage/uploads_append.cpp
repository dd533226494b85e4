// What comes in, and how it becomes durable.
#include <algorithm>
#include <chrono>
#include <new>

#include "common/shown_name.hpp"
#include "storage/disk_room.hpp"
#include "storage/log.hpp"
#include "storage/uploads.hpp"

namespace ndisk::storage {
namespace {

constexpr std::size_t kMaxPieceBytes = 1 << 20;
constexpr std::uint64_t kWritebackBytes = 8 << 20;
constexpr auto kDiskWait = std::chrono::seconds(120);

// With the upload's mutex held.
Result<void> check_hold(const ActiveUpload& upload, std::uint64_t holder) {
  if (upload.shut_down) {
    return fail(ErrorCode::kShuttingDown, "the server is stopping; the upload can be resumed", true);
  }
  if (upload.holder != holder || upload.retired || upload.committing) {
    return fail(ErrorCode::kConflict,
                "the upload of " + shown_name(upload.key.path) + " was taken over or cancelled by another session");
  }
  if (upload.broken) return std::unexpected(*upload.broken);
  return {};
}

std::uint64_t undurable_limit(const ActiveUpload& upload) {
  return upload.key.size ? kMaxUndurableBytes : kMaxUnsizedUndurableBytes;
}

}  // namespace

Result<void> Uploads::append(const SharedUpload& upload, std::uint64_t holder, std::uint64_t offset, ByteView bytes) {
  Lock lock(upload->mutex);
  if (auto held = check_hold(*upload, holder); !held) return held;
  const std::uint64_t received = upload->received;
  if (offset != received) {
    return fail(ErrorCode::kInvalid, "data of " + shown_name(upload->key.path) + " came for offset " +
                                         std::to_string(offset) + ", but " + std::to_string(received) + " is next");
  }
  const auto limit = upload->key.size.value_or(static_cast<std::uint64_t>(INT64_MAX));
  if (bytes.size() > limit - received) {
    return fail(ErrorCode::kInvalid, "more data of " + shown_name(upload->key.path) + " came than the " +
                                         std::to_string(limit) + " bytes that were offered");
  }
  while (!bytes.empty()) {
    const auto piece = bytes.first(std::min(bytes.size(), kMaxPieceBytes));
    if (auto done = append_piece(upload, holder, piece, lock); !done) return done;
    bytes = bytes.subspan(piece.size());
  }
  return {};
}

Result<void> Uploads::append_piece(const SharedUpload& upload, std::uint64_t holder, ByteView piece, Lock& lock) {
  if (auto room = wait_for_room(upload, holder, piece.size(), lock); !room) return room;
  const std::uint64_t received = upload->received;
  if (!upload->key.size) {
    if (auto fits = extend_quota(*upload, received + piece.size()); !fits) return fits;
  }
  if (auto room = check_room(files_, staging_.folder(), piece.size()); !room) {
    return fail_with_context(shown_name(upload->key.path), std::move(room.error()));
  }
  if (auto written = files_.write_at(upload->file.get(), piece, received); !written) {
    return fail_disk(written.error(), "store", shown_name(upload->key.path));
  }
  upload->digest.add(piece);
  upload->received = received + piece.size();
  // The disk starts early, so that a checkpoint finds little left to write.
  if (upload->received - upload->writeback_from >= kWritebackBytes) {
    files_.start_writeback(upload->file.get(), upload->writeback_from, upload->received - upload->writeback_from);
    upload->writeback_from = upload->received;
  }
  const auto interval = std::min(upload->key.size ? limits_.checkpoint_bytes : limits_.unsized_checkpoint_bytes,
                                 undurable_limit(*upload) / 3 * 2);
  if (upload->received - upload->checkpointed_from >= interval) want_checkpoint(upload);
  return {};
}

Result<void> Uploads::wait_for_room(const SharedUpload& upload, std::uint64_t holder, std::uint64_t size, Lock& lock) {
  const auto has_room = [&] { return upload->received - upload->durable + size < undurable_limit(*upload); };
  if (has_room()) return {};
  upload->checkpoint_error.reset();
  want_checkpoint(upload);
  const bool ended = upload->changed.wait_for(lock, kDiskWait, [&] {
    return has_room() || upload->checkpoint_error || upload->broken || upload->holder != holder || upload->retired;
  });
  if (!ended) {
    return fail(ErrorCode::kDeadline, "the server's disk is too slow for " + shown_name(upload->key.path), true);
  }
  if (auto held = check_hold(*upload, holder); !held) return held;
  if (!has_room()) return std::unexpected(*upload->checkpoint_error);
  return {};
}

// With the upload's mutex held.
void Uploads::want_checkpoint(const SharedUpload& upload) {
  if (upload->checkpoint_wanted) return;
  checkpointer_.post([this, upload] {
    if (auto done = checkpoint(upload); !done) {
      log_warning("checkpoint of " + shown_name(upload->key.path) + ": " + done.error().message);
    }
  });
  upload->checkpoint_wanted = true;
}

UploadRow Uploads::to_row(const ActiveUpload& upload) const {
  UploadRow row;
  row.id = upload.id;
  row.user = upload.actor.user;
  row.key = upload.key;
  row.request = upload.request;
  row.mode = upload.attributes.mode;
  row.created = upload.created;
  row.touched = clock_.now();
  row.durable = upload.received;
  row.midstate = upload.digest.save();
  return row;
}

// With the upload's mutex held. If there is no memory for it, whoever waits for the checkpoint learns it: nobody else
// would tell.
Result<UploadRow> Uploads::row_to_record(ActiveUpload& upload) const {
  try {
    return to_row(upload);
  } catch (const std::bad_alloc&) {
    upload.checkpoint_error = out_of_memory();
    upload.changed.notify_all();
    return std::unexpected(out_of_memory());
  }
}

Result<void> Uploads::checkpoint(const SharedUpload& upload) {
  Lock lock(upload->mutex);
  upload->changed.wait(lock, [&] { return !upload->checkpointing; });
  upload->checkpoint_wanted = false;
  if (upload->retired || upload->frozen || !upload->loaded) return {};
  if (upload->broken) return std::unexpected(*upload->broken);
  if (upload->received == upload->durable) return {};
  const auto noted = row_to_record(*upload);
  if (!noted) return std::unexpected(noted.error());
  const auto& row = *noted;
  const int file = upload->file.get();
  upload->checkpointed_from = row.durable;
  upload->checkpointing = true;
  const bool is_first = !upload->recorded;
  lock.unlock();
  auto synced = files_.sync_data(file);
  // Before a row tells of the file, its name is on stable storage too.
  if (synced && is_first) synced = files_.sync(staging_.folder());
  Result<void> done;
  try {
    done = synced ? record(upload, row) : fail_disk(synced.error(), "sync", shown_name(upload->key.path));
  } catch (const std::bad_alloc&) {
    done = std::unexpected(out_of_memory());
  }
  lock.lock();
  end_checkpoint(*upload, row.durable, done, !synced);
  return done;
}

Result<void> Uploads::record(const SharedUpload& upload, const UploadRow& row) {
  return queue_.run<void>([&](WriteContext& context) -> Result<void> {
    if (context.user(row.user) == nullptr) return fail(ErrorCode::kNotAllowed, kNoSuchUser);
    if (!upload->frozen) context.uploads.put(row);
    return {};
  });
}

// With the upload's mutex held.
void Uploads::end_checkpoint(ActiveUpload& upload, std::uint64_t durable, const Result<void>& done, bool sync_failed) {
  upload.checkpointing = false;
  if (done && !upload.frozen) {
    upload.durable = durable;
    upload.recorded = true;
  }
  // First, and without memory: after a failed sync the cache can't be trusted. After a failed record it can, and a
  // later checkpoint may succeed.
  if (sync_failed) upload.broken.emplace(ErrorCode::kIo);
  upload.checkpoint_error = done ? std::nullopt : std::optional(out_of_memory());
  upload.changed.notify_all();
  if (sync_failed) upload.broken = done.error();
  if (!done) upload.checkpoint_error = done.error();
}

void Uploads::release(const SharedUpload& upload, std::uint64_t holder) {
  {
    Lock lock(upload->mutex);
    if (upload->retired || upload->holder != holder || upload->committing) return;
    if (upload->received == 0 && !upload->recorded) {
      (void)staging_.remove(upload->id);
      settle_quota(*upload);
      retire(*upload);
      return;
    }
  }
  if (auto done = checkpoint(upload); !done) {
    log_warning("the last bytes of " + shown_name(upload->key.path) + " must be sent again: " + done.error().message);
  }
  Lock lock(upload->mutex);
  upload->changed.wait(lock, [&] { return !upload->checkpointing; });
  if (upload->retired || upload->holder != holder || upload->committing) return;
  if (!upload->recorded) (void)staging_.remove(upload->id);
  settle_quota(*upload);
  retire(*upload);
}

}  // namespace ndisk::storage
