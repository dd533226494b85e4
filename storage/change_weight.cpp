#include "storage/change_weight.hpp"

#include "storage/table_folders.hpp"
#include "storage/table_nodes.hpp"
#include "storage/table_trash.hpp"
#include "storage/table_users.hpp"

namespace ndisk::storage {
namespace {

// False also for what is no folder.
bool holds_many(Database& database, std::int64_t node) {
  const auto totals = FolderTable(database).find(node);
  return totals && totals->files + totals->folders > kMaxLightEntries;
}

}  // namespace

Result<bool> is_heavy(Database& database, const Actor& actor, const CopyRequest& copy) {
  const auto user = UserTable(database).find(actor.user);
  if (!user || !copy.recursive || copy.from.is_root()) return false;
  const auto place = NodeTable(database).locate(user->root, copy.from);
  return place.node && holds_many(database, place.node->id);
}

Result<bool> is_heavy(Database& database, const Actor& actor, const EmptyTrashRequest& request) {
  if (!request.ids.empty()) return false;
  return TrashTable(database).newest(actor.user, 0, kMaxLightEntries + 1).size() > kMaxLightEntries;
}

Result<bool> is_heavy_to_restore(Database& database, const Actor& actor, std::uint64_t item) {
  const auto row = TrashTable(database).find(actor.user, item);
  return row && holds_many(database, row->node);
}

Result<bool> is_heavy_to_restore(Database& database, const Actor& actor, const RemotePath& path) {
  const auto row = TrashTable(database).newest_of(actor.user, path.bytes());
  return row && holds_many(database, row->node);
}

}  // namespace ndisk::storage
