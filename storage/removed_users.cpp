#include "storage/removed_users.hpp"

#include "storage/table_receipts.hpp"

namespace ndisk::storage {
namespace {

constexpr int kBatch = 256;
constexpr int kUsersAtOnce = 100;

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
      "OR EXISTS (SELECT 1 FROM uploads WHERE user = ?1) OR EXISTS (SELECT 1 FROM nodes WHERE id IN (?2, ?3))",
      user.id, user.root, user.trash);
  return query.step();
}

// True if there is more to do.
bool forget_some(WriteContext& context, const UserRow& user) {
  if (is_referred_to(context.database, user)) return false;
  const auto some = remove_requests(context, user.id) + ReceiptTable(context.database).remove_some(user.id, kBatch);
  if (some > 0) return true;
  context.users.remove(user.id);
  return false;
}

Result<void> forget_user(CommitQueue& queue, const UserRow& user, const std::atomic<bool>& stop) {
  for (;;) {
    if (stop) return fail(ErrorCode::kShuttingDown, "the server is stopping; removed users are forgotten later", true);
    const auto more =
        queue.run_upkeep<bool>([&](WriteContext& context) -> Result<bool> { return forget_some(context, user); });
    if (!more) return std::unexpected(more.error());
    if (!*more) return {};
  }
}

}  // namespace

Result<void> forget_removed_users(Catalog& catalog, CommitQueue& queue, Uploads& uploads,
                                  const std::atomic<bool>& stop) {
  const auto users = catalog.read(
      [](Database& database) -> Result<std::vector<UserRow>> { return UserTable(database).of_removed(kUsersAtOnce); });
  if (!users) return std::unexpected(users.error());
  for (const auto& user : *users) {
    uploads.drop_all({user.id, std::nullopt});
    if (auto done = forget_user(queue, user, stop); !done) return done;
  }
  return {};
}

}  // namespace ndisk::storage
