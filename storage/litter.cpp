#include "storage/litter.hpp"

#include <algorithm>
#include <set>

namespace ndisk::storage {
namespace {

// Of the objects that have no row.
std::set<std::int64_t> wanted_by_versions(Database& database, const std::set<std::int64_t>& objects) {
  std::set<std::int64_t> wanted;
  if (objects.empty()) return wanted;
  auto query =
      database.query("SELECT object FROM versions WHERE object BETWEEN ? AND ?", *objects.begin(), *objects.rbegin());
  while (query.step()) {
    if (objects.contains(query.integer(0))) wanted.insert(query.integer(0));
  }
  return wanted;
}

}  // namespace

std::vector<ObjectStore::Found> find_litter(Database& database, const std::vector<ObjectStore::Found>& files) {
  std::vector<ObjectStore::Found> litter;
  std::set<std::int64_t> without_row;
  for (const auto& file : files) {
    const auto row = ObjectTable(database).find(file.id);
    if (row && row->sha256 == file.sha256) continue;
    if (!row) without_row.insert(file.id);
    litter.push_back(file);
  }
  const auto wanted = wanted_by_versions(database, without_row);
  std::erase_if(litter, [&](const ObjectStore::Found& file) { return wanted.contains(file.id); });
  return litter;
}

}  // namespace ndisk::storage
