#include "storage/node_status.hpp"

#include "common/shown_name.hpp"
#include "storage/damage_marks.hpp"
#include "storage/table_folders.hpp"
#include "storage/table_nodes.hpp"
#include "storage/write_context.hpp"

namespace ndisk::storage {
namespace {

Status status_of_root(Database& database, const UserRow& user) {
  Status status;
  status.entry.kind = Kind::kFolder;
  status.entry.attributes.mode = kNewFolderMode;
  auto query = database.query("SELECT created FROM users WHERE id = ?", user.id);
  if (query.step()) status.entry.attributes.mtime = query.integer(0);
  status.entry.totals = FolderTable(database).find(user.root).value_or(Totals{});
  return status;
}

void add_version(Database& database, const NodeRow& node, Status& status) {
  auto query = database.query(
      "SELECT versions.created, versions.change, devices.name "
      "FROM versions LEFT JOIN devices ON devices.id = versions.device WHERE versions.id = ?",
      node.version);
  if (!query.step()) return;
  status.created = query.integer(0);
  status.change = query.number(1);
  status.device_name = query.bytes(2);
  auto count = database.query("SELECT count(*) FROM versions WHERE node = ?", node.id);
  if (count.step()) status.versions = count.number(0);
}

}  // namespace

Result<Status> status_of(Database& database, const UserRow& user, const RemotePath& path) {
  if (path.is_root()) return status_of_root(database, user);
  const auto place = NodeTable(database).locate(user.root, path);
  if (!place.node) return fail(ErrorCode::kNotFound, shown_name(path.bytes()) + ": no such file or folder");
  const auto& node = *place.node;
  Status status;
  status.entry = {path.bytes(), node.kind,   node.size,    node.attributes,
                  node.version, node.sha256, std::nullopt, DamageMarks(database, user.id).is_damaged(node)};
  if (node.kind == Kind::kFolder) {
    status.entry.totals = FolderTable(database).find(node.id).value_or(Totals{});
  } else {
    add_version(database, node, status);
  }
  return status;
}

}  // namespace ndisk::storage
