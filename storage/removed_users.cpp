#include "storage/removed_users.hpp"

#include "storage/table_receipts.hpp"

namespace ndisk::storage {
namespace {

constexpr int kBatch = 256;
constexpr int kUsersAtOnce = 100;

// Each returns how many rows it changed.
std::int64_t release_nodes(WriteContext& context, std::int64_t folder) {
  // What was added to the totals of folders goes up to parents that are about to change.
  context.totals.settle();
  context.database.run(
      "UPDATE nodes SET parent = 0, name = CAST(id AS BLOB) WHERE id IN (SELECT id FROM nodes WHERE parent = ? LIMIT "
      "?)",
      folder, kBatch);
  return context.database.changes();
}

std::int64_t remove_trash(WriteContext& context, std::int64_t user) {
  context.database.run("DELETE FROM trash WHERE id IN (SELECT id FROM trash WHERE user = ? LIMIT ?)", user, kBatch);
  return context.database.changes();
}

std::int64_t remove_requests(WriteContext& context, std::int64_t user) {
  context.database.run(
      "DELETE FROM requests WHERE id IN (SELECT requests.id FROM devices JOIN requests ON requests.device = devices.id "
      "WHERE devices.user = ? LIMIT ?)",
      user, kBatch);
  return context.database.changes();
}

bool is_referred_to(Database& database, const UserRow& user) {
  auto query = database.query(
      "SELECT 1 WHERE EXISTS (SELECT 1 FROM objects WHERE user = ?1) OR EXISTS (SELECT 1 FROM trash WHERE user = ?1) "
      "OR EXISTS (SELECT 1 FROM uploads WHERE user = ?1) OR EXISTS (SELECT 1 FROM nodes WHERE parent IN (?2, ?3))",
      user.id, user.root, user.trash);
  return query.step();
}

bool release_some(WriteContext& context, const UserRow& user) {
  return release_nodes(context, user.root) + release_nodes(context, user.trash) + remove_trash(context, user.id) > 0;
}

bool forget_some(WriteContext& context, const UserRow& user) {
  if (is_referred_to(context.database, user)) return false;
  const auto some = remove_requests(context, user.id) + ReceiptTable(context.database).remove_some(user.id, kBatch);
  if (some > 0) return true;
  FolderTable(context.database).remove(user.root);
  context.users.remove(user.id);
  return false;
}

Result<void> check_stop(const std::atomic<bool>& stop) {
  if (!stop) return {};
  return fail(ErrorCode::kShuttingDown, "the server is stopping; a later run goes on with users that were removed",
              true);
}

// In transactions of their own until there is nothing more to do.
Result<void> repeat(CommitQueue& queue, const UserRow& user, const std::atomic<bool>& stop,
                    bool (*do_some)(WriteContext&, const UserRow&)) {
  for (;;) {
    if (auto go_on = check_stop(stop); !go_on) return go_on;
    const auto more = queue.run<bool>([&](WriteContext& context) -> Result<bool> { return do_some(context, user); });
    if (!more) return std::unexpected(more.error());
    if (!*more) return {};
  }
}

}  // namespace

Result<std::vector<UserRow>> RemovedUsers::all() {
  return catalog_.read(
      [](Database& database) -> Result<std::vector<UserRow>> { return UserTable(database).of_removed(kUsersAtOnce); });
}

Result<void> RemovedUsers::release(const std::atomic<bool>& stop) {
  const auto users = all();
  if (!users) return std::unexpected(users.error());
  for (const auto& user : *users) {
    uploads_.drop_all({user.id, std::nullopt});
    if (auto done = repeat(queue_, user, stop, release_some); !done) return done;
  }
  return {};
}

Result<void> RemovedUsers::forget(const std::atomic<bool>& stop) {
  const auto users = all();
  if (!users) return std::unexpected(users.error());
  for (const auto& user : *users) {
    if (auto done = repeat(queue_, user, stop, forget_some); !done) return done;
  }
  return {};
}

}  // namespace ndisk::storage
