// The table replaced: the files with earlier versions that the collector is to look at, and when. See sqlite.hpp for
// errors. One thread at a time.
#pragma once

#include <vector>

#include "common/clock.hpp"
#include "storage/sqlite.hpp"

namespace ndisk::storage {

class ReplacedTable {
 public:
  explicit ReplacedTable(Database& database) : database_(database) {}

  // The file has one more earlier version. A file that waits already keeps its time: what the newest replacement adds
  // is never due before what waits.
  void add(std::int64_t node, TimeNs due);
  // The first of those that are due.
  [[nodiscard]] std::vector<std::int64_t> due(TimeNs now, int limit);
  void set_due(std::int64_t node, TimeNs due);
  void remove(std::int64_t node);
  // Every file with more than this many earlier versions, due at once.
  void refill(std::uint64_t kept_versions);

 private:
  Database& database_;
};

}  // namespace ndisk::storage
