#include "storage/object_versions.hpp"

#include <algorithm>

namespace ndisk::storage {
namespace {

bool refers_to(Database& database, std::uint64_t version, std::int64_t object) {
  auto query = database.query("SELECT 1 FROM versions WHERE id = ? AND object = ?", version, object);
  return query.step();
}

// Nothing: as far as the object says, there are more.
std::optional<std::vector<std::uint64_t>> all_known(Database& database, std::int64_t object,
                                                    const std::vector<std::uint64_t>& known) {
  auto row = database.query("SELECT refs FROM objects WHERE id = ?", object);
  if (!row.step() || row.integer(0) > static_cast<std::int64_t>(known.size())) return std::nullopt;
  std::vector<std::uint64_t> ids;
  for (const auto id : known) {
    if (refers_to(database, id, object)) ids.push_back(id);
  }
  if (row.integer(0) > static_cast<std::int64_t>(ids.size())) return std::nullopt;
  return ids;
}

}  // namespace

std::vector<std::uint64_t> versions_of(Database& database, std::int64_t object, const std::vector<std::uint64_t>& known,
                                       std::uint64_t after, std::int64_t limit) {
  if (auto all = all_known(database, object, known)) {
    all->erase(all->begin(), std::ranges::upper_bound(*all, after));
    if (std::ssize(*all) > limit) all->resize(static_cast<std::size_t>(limit));
    return *std::move(all);
  }
  // The last of them ends the walk.
  auto query =
      database.query("SELECT id FROM versions WHERE object = ? AND id > ? ORDER BY id LIMIT ?", object, after, limit);
  std::vector<std::uint64_t> ids;
  while (query.step()) ids.push_back(query.number(0));
  return ids;
}

}  // namespace ndisk::storage
