#include "storage/table_folders.hpp"

namespace ndisk::storage {

void FolderTable::insert(std::int64_t folder) {
  database_.run("INSERT INTO folders (id, files, folders, bytes, reach) VALUES (?, 0, 0, 0, 0)", folder);
}

std::optional<Totals> FolderTable::find(std::int64_t folder) {
  auto query = database_.query("SELECT files, folders, bytes FROM folders WHERE id = ?", folder);
  if (!query.step()) return std::nullopt;
  return Totals{query.number(0), query.number(1), query.number(2)};
}

std::uint64_t FolderTable::reach(std::int64_t folder) {
  auto query = database_.query("SELECT reach FROM folders WHERE id = ?", folder);
  return query.step() ? query.number(0) : 0;
}

void FolderTable::set_reach(std::int64_t folder, std::uint64_t reach) {
  database_.run("UPDATE folders SET reach = ? WHERE id = ?", reach, folder);
}

void FolderTable::add(std::int64_t folder, const TotalsChange& change) {
  database_.run(
      "UPDATE folders SET files = files + ?, folders = folders + ?, bytes = bytes + ?, reach = max(reach, ?) "
      "WHERE id = ?",
      change.files, change.folders, change.bytes, change.reach, folder);
}

void FolderTable::remove(std::int64_t folder) { database_.run("DELETE FROM folders WHERE id = ?", folder); }

}  // namespace ndisk::storage
