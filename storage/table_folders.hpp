// The table folders: what each folder holds at any depth, added up. Every folder of a drive has a row, and so has each
// drive's root; trash roots have none. See sqlite.hpp for errors. One thread at a time.
#pragma once

#include <optional>

#include "storage/entries.hpp"
#include "storage/sqlite.hpp"

namespace ndisk::storage {

// How totals change.
struct TotalsChange {
  std::int64_t files = 0;
  std::int64_t folders = 0;
  std::int64_t bytes = 0;

  TotalsChange& operator+=(const TotalsChange& other) {
    files += other.files;
    folders += other.folders;
    bytes += other.bytes;
    return *this;
  }
  [[nodiscard]] TotalsChange operator-() const { return {-files, -folders, -bytes}; }
  friend bool operator==(const TotalsChange&, const TotalsChange&) = default;
};

class FolderTable {
 public:
  explicit FolderTable(Database& database) : database_(database) {}

  // A folder with nothing in it.
  void insert(std::int64_t folder);
  [[nodiscard]] std::optional<Totals> find(std::int64_t folder);
  // Where there is no row, nothing happens.
  void add(std::int64_t folder, const TotalsChange& change);
  void remove(std::int64_t folder);

 private:
  Database& database_;
};

}  // namespace ndisk::storage
