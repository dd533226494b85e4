// The table folders: what each folder holds at any depth, added up. Every folder of a drive has a row, and so has each
// drive's root; trash roots have none. See sqlite.hpp for errors. One thread at a time.
#pragma once

#include <algorithm>
#include <optional>

#include "storage/entries.hpp"
#include "storage/sqlite.hpp"

namespace ndisk::storage {

// How totals change.
struct TotalsChange {
  std::int64_t files = 0;
  std::int64_t folders = 0;
  std::int64_t bytes = 0;
  std::uint64_t reach = 0;  // bytes of the longest path, relative to the folder, that came with it

  TotalsChange& operator+=(const TotalsChange& other) {
    files += other.files;
    folders += other.folders;
    bytes += other.bytes;
    reach = std::max(reach, other.reach);
    return *this;
  }
  // What leaves takes no reach away: see FolderTable::reach.
  [[nodiscard]] TotalsChange operator-() const { return {-files, -folders, -bytes, 0}; }
  friend bool operator==(const TotalsChange&, const TotalsChange&) = default;
};

class FolderTable {
 public:
  explicit FolderTable(Database& database) : database_(database) {}

  // A folder with nothing in it.
  void insert(std::int64_t folder);
  [[nodiscard]] std::optional<Totals> find(std::int64_t folder);
  // No path below the folder, relative to it, has more bytes than this; what was removed may have had as many.
  [[nodiscard]] std::uint64_t reach(std::int64_t folder);
  void set_reach(std::int64_t folder, std::uint64_t reach);
  // Where there is no row, nothing happens.
  void add(std::int64_t folder, const TotalsChange& change);
  void remove(std::int64_t folder);

 private:
  Database& database_;
};

}  // namespace ndisk::storage
