#include "storage/table_folders.hpp"

namespace ndisk::storage {

void FolderTable::insert(std::int64_t folder) {
  database_.run("INSERT INTO folders (id, files, folders, bytes) VALUES (?, 0, 0, 0)", folder);
}

std::optional<Totals> FolderTable::find(std::int64_t folder) {
  auto query = database_.query("SELECT files, folders, bytes FROM folders WHERE id = ?", folder);
  if (!query.step()) return std::nullopt;
  return Totals{query.number(0), query.number(1), query.number(2)};
}

void FolderTable::add(std::int64_t folder, const TotalsChange& change) {
  database_.run("UPDATE folders SET files = files + ?, folders = folders + ?, bytes = bytes + ? WHERE id = ?",
                change.files, change.folders, change.bytes, folder);
}

void FolderTable::remove(std::int64_t folder) { database_.run("DELETE FROM folders WHERE id = ?", folder); }

}  // namespace ndisk::storage
