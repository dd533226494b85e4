#include "storage/change_weight.hpp"

#include <algorithm>

#include "common/copy_limit.hpp"
#include "storage/table_folders.hpp"
#include "storage/table_nodes.hpp"
#include "storage/table_trash.hpp"
#include "storage/table_users.hpp"

namespace ndisk::storage {
namespace {

constexpr std::uint64_t kOutboxBytes = 64;  // of an entry, besides its path
constexpr std::uint64_t kCopyBytes = 512;   // of a node, its version and their indexes, besides the name
constexpr std::uint64_t kPageBytes = 4096;
constexpr std::uint64_t kShortRow = 1000;
constexpr std::uint64_t kFewBytes = 1 << 20;  // so many are not counted more exactly

// The share of a row in pages of the catalog that it stands in with others of its size.
std::uint64_t share_of(std::uint64_t row) {
  if (row <= kShortRow) return row + row / 3;
  return kPageBytes * (1 + row / (kPageBytes - 100));
}

std::uint64_t rows_of(std::uint64_t path_bytes, bool is_copy, bool with_tree) {
  return (with_tree ? share_of(path_bytes + kOutboxBytes) : 0) + (is_copy ? kCopyBytes : 0);
}

// What the rows for a folder at a path of so many bytes, and for all below it, take: once in the log, and once in the
// catalog.
std::uint64_t bytes_for(Database& database, std::int64_t folder, std::uint64_t path_bytes, bool is_copy,
                        bool with_tree) {
  FolderTable folders(database);
  const auto totals = folders.find(folder).value_or(Totals{});
  const auto count = totals.files + totals.folders + 1;
  const auto most = 2 * count * rows_of(path_bytes + 1 + folders.reach(folder), is_copy, with_tree);
  if (most <= kFewBytes) return most;
  std::uint64_t bytes = 0;
  NodeTable(database).visit_lengths_below(folder, [&](std::uint64_t length, std::uint64_t entries) {
    bytes += 2 * entries * rows_of(path_bytes + 1 + length, is_copy, with_tree);
  });
  return bytes;
}

// Whether the longest path below a folder might be too long once the folder's own has so many bytes: then all that is
// below is looked at.
bool may_reach_too_far(Database& database, std::int64_t folder, std::size_t path_bytes) {
  return path_bytes + 1 + FolderTable(database).reach(folder) > kMaxPathBytes;
}

std::optional<NodeRow> find_folder(Database& database, const Actor& actor, const RemotePath& path) {
  const auto user = UserTable(database).find(actor.user);
  if (!user || path.is_root()) return std::nullopt;
  auto node = NodeTable(database).locate(user->root, path).node;
  return node && node->kind == Kind::kFolder ? std::move(node) : std::nullopt;
}

struct Returning {
  std::int64_t node = 0;
  std::string path;
};

std::optional<Returning> find_returning(Database& database, const Actor& actor, const FromTrash& what) {
  TrashTable trash(database);
  const auto user = UserTable(database).find(actor.user);
  // Where something stands, a version of it is what is restored.
  if (!user || (!what.item && NodeTable(database).locate(user->root, *what.path).node)) return std::nullopt;
  const auto row = what.item ? trash.find(user->id, *what.item) : trash.newest_of(user->id, what.path->bytes());
  if (!row) return std::nullopt;
  return Returning{row->node, what.path ? what.path->bytes() : row->path};
}

bool is_deep_path(const std::string& path) {
  return static_cast<std::uint64_t>(std::ranges::count(path, '/')) >= kMaxLightEntries;
}

bool is_heavy_return(Database& database, const std::optional<Returning>& back, const FromTrash& what, bool with_tree) {
  if (!back) return what.path && is_deep(*what.path);
  if (is_deep_path(back->path)) return true;
  if (!holds_many(database, back->node)) return false;
  // It may get another name there.
  return with_tree || may_reach_too_far(database, back->node, back->path.size() + kMaxComponentBytes);
}

}  // namespace

bool is_deep(const RemotePath& path) { return is_deep_path(path.bytes()); }

bool holds_many(Database& database, std::int64_t node) {
  const auto totals = FolderTable(database).find(node);
  return totals && totals->files + totals->folders > kMaxLightEntries;
}

Result<bool> is_heavy(Database& database, const Actor& actor, const MoveRequest& move) {
  if (is_deep(move.from) || is_deep(move.to)) return true;
  const auto folder = find_folder(database, actor, move.from);
  if (!folder || !holds_many(database, folder->id)) return false;
  return may_reach_too_far(database, folder->id, move.to.bytes().size() + 1 + move.from.name().size());
}

Result<bool> is_heavy(Database& database, const Actor& actor, const EmptyTrashRequest& request) {
  if (!request.ids.empty()) return request.ids.size() > kMaxLightEntries;
  return TrashTable(database).newest(actor.user, 0, kMaxLightEntries + 1).size() > kMaxLightEntries;
}

Result<Weight> weigh(Database& database, const Actor& actor, const CopyRequest& copy, bool with_tree) {
  Weight weight{is_deep(copy.from) || is_deep(copy.to), 0};
  const auto folder = copy.recursive ? find_folder(database, actor, copy.from) : std::nullopt;
  if (!folder || !holds_many(database, folder->id)) return weight;
  weight.is_heavy = true;
  const auto totals = FolderTable(database).find(folder->id).value_or(Totals{});
  if (totals.files + totals.folders > kMaxCopiedEntries) return weight;  // it is refused
  const auto path_bytes = copy.to.bytes().size() + 1 + copy.from.name().size();
  weight.bytes = bytes_for(database, folder->id, path_bytes, true, with_tree);
  return weight;
}

Result<bool> is_heavy(Database& database, const Actor& actor, const FromTrash& what, bool with_tree) {
  return is_heavy_return(database, find_returning(database, actor, what), what, with_tree);
}

Result<Weight> weigh(Database& database, const Actor& actor, const FromTrash& what, bool with_tree) {
  const auto back = find_returning(database, actor, what);
  const bool is_heavy = is_heavy_return(database, back, what, with_tree);
  // A few rows are what the reserve is for.
  if (!is_heavy || !back || !with_tree || !holds_many(database, back->node)) return Weight{is_heavy, 0};
  return Weight{true, bytes_for(database, back->node, back->path.size(), false, true)};
}

}  // namespace ndisk::storage
