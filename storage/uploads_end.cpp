// How uploads end: committed, dropped, expired, or left for the next start.
#include <algorithm>
#include <chrono>
#include <map>
#include <new>
#include <set>

#include "common/shown_name.hpp"
#include "storage/log.hpp"
#include "storage/uploads.hpp"

namespace ndisk::storage {
namespace {

constexpr int kMaxListed = 10'000;
constexpr int kExpireBatch = 256;
constexpr auto kCommitWait = std::chrono::seconds(60);

UploadSummary to_summary(const UploadRow& row) {
  return {row.id, row.key.path, row.key.size, row.durable, row.created, row.touched, {}, false};
}

}  // namespace

Result<void> Uploads::begin_commit(const SharedUpload& upload, std::uint64_t holder, std::uint64_t size,
                                   const Digest& sha256) {
  Lock lock(upload->mutex);
  upload->changed.wait(lock, [&] { return !upload->checkpointing; });
  if (upload->shut_down) return fail(ErrorCode::kShuttingDown, "the server is stopping; retry later", true);
  if (upload->holder != holder || upload->retired || upload->committing) {
    return fail(ErrorCode::kConflict,
                "the upload of " + shown_name(upload->key.path) + " was taken over or cancelled by another session");
  }
  if (upload->broken) return std::unexpected(*upload->broken);
  if (upload->key.size && upload->received < *upload->key.size) {
    return fail(ErrorCode::kInvalid, "the upload of " + shown_name(upload->key.path) +
                                         " is not complete: " + std::to_string(upload->received) + " of " +
                                         std::to_string(*upload->key.size) + " bytes came");
  }
  if (upload->received == size && upload->digest.digest() == sha256) {
    upload->committing = true;
    upload->frozen = true;
    return {};
  }
  const auto received = upload->received.load();
  lock.unlock();
  if (auto dropped = drop(upload, holder); !dropped) return std::unexpected(std::move(dropped.error()));
  return fail(ErrorCode::kIntegrity, shown_name(upload->key.path) +
                                         " did not arrive as it was sent: " + std::to_string(received) + " of " +
                                         std::to_string(size) + " bytes came, or with another digest; send it again");
}

void Uploads::finish_commit(const SharedUpload& upload, bool committed, std::optional<Error> content_lost) {
  Lock lock(upload->mutex);
  upload->committing = false;
  if (committed) {
    // A file that can't be removed now has no row, and goes at the next start.
    try {
      (void)staging_.remove(upload->id);
    } catch (const std::bad_alloc&) {
      log_warning("a staged file stays until the next start");
    }
    retire(*upload);
    return;
  }
  upload->frozen = false;
  if (content_lost) upload->broken = std::move(content_lost);
  upload->changed.notify_all();
  try {
    // What a rolled back transaction gave back is taken again.
    staged_.set(upload->id, upload->actor.user, upload->key.size.value_or(upload->received));
    const auto holder = upload->holder;
    checkpointer_.post([this, upload, holder] { release(upload, holder); });
  } catch (const std::bad_alloc&) {
    log_warning("an upload that was not stored stays until somebody goes on with it, or the next start");
  }
}

void Uploads::forget_content(const SharedUpload& upload) {
  const Lock lock(upload->mutex);
  // First, and without memory: nobody may go on with what may be an object.
  upload->broken = Error{ErrorCode::kIo, "send it again", true};
  const auto try_to = [](auto action) {
    try {
      action();
    } catch (const std::bad_alloc&) {
      log_warning("something of an upload that failed stays until the next start");
    }
  };
  try_to([&] { (void)staging_.remove(upload->id); });
  try_to([&] {
    if (upload->recorded) forget_row(upload->id);
  });
  // So that it takes nothing of the quota once it ends.
  upload->recorded = false;
  try_to([&] { upload->broken->message = "the commit of " + shown_name(upload->key.path) + " failed; send it again"; });
}

Result<bool> Uploads::drop(const SharedUpload& upload, std::optional<std::uint64_t> holder) {
  Lock lock(upload->mutex);
  if (upload->retired || (holder && upload->holder != *holder)) return false;
  const bool free =
      upload->changed.wait_for(lock, kCommitWait, [&] { return !upload->checkpointing && !upload->committing; });
  if (!free) return fail(ErrorCode::kBusy, "the upload is being committed; try again", true);
  if (upload->retired || (holder && upload->holder != *holder)) return false;
  const auto id = upload->id;
  const auto ending = ending_.begin(id);
  ++upload->holder;
  if (upload->loaded) (void)staging_.remove(id);
  staged_.remove(id);
  retire(*upload);
  lock.unlock();
  if (auto removed = remove_row_of_gone(id); !removed) return std::unexpected(std::move(removed.error()));
  return true;
}

// Its file is gone, so if it can't be done now it is tried once more soon.
Result<void> Uploads::remove_row_of_gone(const UploadId& id) {
  Result<void> removed;
  try {
    removed = remove_row(id);
  } catch (const std::bad_alloc&) {
    removed = std::unexpected(out_of_memory());
  }
  if (!removed) forget_row(id);
  return removed;
}

// By id: the key may be another upload's by now.
Result<void> Uploads::remove_row(const UploadId& id) {
  return queue_.run<void>([&](WriteContext& context) -> Result<void> {
    context.uploads.remove(id);
    return {};
  });
}

void Uploads::forget_row(const UploadId& id) {
  checkpointer_.post([this, id, ending = ending_.begin(id)] {
    if (auto removed = remove_row(id); !removed) log_warning(removed.error().message);
  });
}

void Uploads::end_idle(const UploadKey& key) {
  checkpointer_.post([this, key] {
    auto row = catalog_.read(
        [&](Database& database) -> Result<std::optional<UploadRow>> { return UploadTable(database).find(key); });
    if (!row || !*row) return;
    if (auto dropped = drop_idle(**row); !dropped) log_warning(dropped.error().message);
  });
}

// A session that comes for it waits for the mutex, then finds it retired and, without the file, starts a new one.
Result<bool> Uploads::drop_idle(const UploadRow& row) {
  const auto upload = registry_.find_or_add(row.key, SIZE_MAX);
  Lock lock(upload->mutex);
  if (upload->loaded && upload->id != row.id) {
    // It started over: the row of before is on its way out, and nothing else is left of what it tells.
    lock.unlock();
    if (auto removed = remove_row(row.id); !removed) return std::unexpected(std::move(removed.error()));
    return true;
  }
  if (upload->loaded || upload->retired) return false;
  const auto ending = ending_.begin(row.id);
  auto removed = staging_.remove(row.id);
  staged_.remove(row.id);
  retire(*upload);
  lock.unlock();
  if (removed) removed = remove_row_of_gone(row.id);
  if (!removed) return std::unexpected(std::move(removed.error()));
  return true;
}

Result<std::vector<UploadSummary>> Uploads::list(std::int64_t user) {
  std::map<UploadKey, UploadSummary> found;
  for (const auto& upload : registry_.all()) {
    const auto known = upload->known();
    if (!known || known->user != user) continue;
    const auto& key = upload->key;
    found[key] = {known->id, key.path, key.size, upload->durable, known->created, clock_.now(), {}, true};
  }
  auto read = catalog_.read([&](Database& database) -> Result<void> {
    if (auto known = UserTable(database).require(user); !known) return std::unexpected(std::move(known.error()));
    UploadTable table(database);
    for (const auto& row : table.of_user(user, {}, kMaxListed)) found.try_emplace(row.key, to_summary(row));
    for (auto& [key, summary] : found) summary.device_name = table.device_name(key.device);
    return {};
  });
  if (!read) return std::unexpected(std::move(read.error()));
  std::vector<UploadSummary> list;
  for (auto& [key, summary] : found) list.push_back(std::move(summary));
  std::ranges::stable_sort(list, {}, &UploadSummary::started);
  return list;
}

Result<bool> Uploads::drop_held(std::int64_t user, const UploadId& id) {
  for (const auto& upload : registry_.all()) {
    const auto known = upload->known();
    if (known && known->id == id && known->user == user) return drop(upload);
  }
  return false;
}

Result<void> Uploads::cancel(std::int64_t user, const UploadId& id) {
  for (;;) {
    const auto held = drop_held(user, id);
    if (!held) return std::unexpected(held.error());
    if (*held) return {};
    // Nobody has it, or who had it gave it up just now: then a row tells of what was received.
    auto row = catalog_.read([&](Database& database) -> Result<std::optional<UploadRow>> {
      if (auto known = UserTable(database).require(user); !known) return std::unexpected(std::move(known.error()));
      return UploadTable(database).find(id);
    });
    if (!row) return std::unexpected(std::move(row.error()));
    if (!*row || (*row)->user != user) {
      return fail(ErrorCode::kNotFound, "there is no such upload; it may have ended meanwhile");
    }
    const auto dropped = drop_idle(**row);
    if (!dropped) return std::unexpected(dropped.error());
    if (*dropped) return {};
    // A session took it, or gave it up, just now: look again.
  }
}

void Uploads::drop_all(const UploadsOf& whose) {
  for (const auto& upload : registry_.all()) {
    const auto known = upload->known();
    if (!known || known->user != whose.user || (whose.device && upload->key.device != *whose.device)) continue;
    if (auto dropped = drop(upload); !dropped) log_warning("an upload expires later: " + dropped.error().message);
  }
  if (auto dropped = drop_rows(whose); !dropped) log_warning("uploads expire later: " + dropped.error().message);
}

Result<void> Uploads::drop_rows(const UploadsOf& whose) {
  Result<void> all;
  // As in expire(): what stays is passed by.
  UploadId at{};
  for (bool more = true; more;) {
    auto rows = catalog_.read([&](Database& database) -> Result<std::vector<UploadRow>> {
      UploadTable table(database);
      return whose.device ? table.of_device(*whose.device, at, kExpireBatch)
                          : table.of_user(whose.user, at, kExpireBatch);
    });
    if (!rows) return std::unexpected(std::move(rows.error()));
    for (const auto& row : *rows) {
      const auto done = drop_idle(row);
      if (!done && all) all = std::unexpected(done.error());
      at = row.id;
    }
    more = rows->size() == kExpireBatch;
  }
  return all;
}

Result<std::uint64_t> Uploads::expire(TimeNs lifetime, const std::atomic<bool>& stop) {
  const auto touched_before = clock_.now() - lifetime;
  const auto unsized_before = clock_.now() - std::min(lifetime, kUnsizedUploadLifetime);
  std::uint64_t expired = 0;
  Result<void> all;
  // What can't be dropped, or is held, is passed by: it must not keep others.
  UploadTable::Place at;
  for (bool more = true; more;) {
    auto rows = catalog_.read([&](Database& database) -> Result<std::vector<UploadRow>> {
      return UploadTable(database).touched_before(touched_before, unsized_before, at, kExpireBatch);
    });
    if (!rows) return std::unexpected(std::move(rows.error()));
    for (const auto& row : *rows) {
      if (stop) return expired;
      const auto done = drop_idle(row);
      if (!done && all) all = std::unexpected(done.error());
      expired += done.value_or(false) ? 1 : 0;
      at = {row.touched, row.id};
    }
    more = rows->size() == kExpireBatch;
  }
  if (!all) return std::unexpected(std::move(all.error()));
  return expired;
}

Result<std::uint64_t> Uploads::count() {
  std::set<UploadId> ids;
  for (const auto& upload : registry_.all()) {
    if (const auto known = upload->known()) ids.insert(known->id);
  }
  return catalog_.read([&](Database& database) -> Result<std::uint64_t> {
    for (const auto& id : UploadTable(database).all_ids()) ids.insert(id);
    return ids.size();
  });
}

Result<void> Uploads::recover() {
  auto staged = staging_.all();
  if (!staged) return std::unexpected(std::move(staged.error()));
  auto recorded = catalog_.read(
      [](Database& database) -> Result<std::vector<UploadTable::Share>> { return UploadTable(database).all_shares(); });
  if (!recorded) return std::unexpected(std::move(recorded.error()));
  std::set<UploadId> known;
  for (const auto& share : *recorded) {
    known.insert(share.id);
    staged_.set(share.id, share.user, share.durable);
  }
  for (const auto& id : *staged) {
    if (known.contains(id)) continue;
    if (auto removed = staging_.remove(id); !removed) log_warning(removed.error().message);
  }
  return {};
}

void Uploads::close() {
  closing_ = true;
  for (const auto& upload : registry_.all()) {
    Lock lock(upload->mutex);
    upload->changed.wait_for(lock, kCommitWait, [&] { return !upload->committing; });
    if (upload->retired) continue;
    const auto holder = ++upload->holder;
    upload->shut_down = true;
    upload->changed.notify_all();
    lock.unlock();
    release(upload, holder);
  }
  checkpointer_.stop();
}

}  // namespace ndisk::storage
