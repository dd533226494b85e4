// The table trash: what was removed, and where it was. Its nodes stand below the user's trash, each named by its id.
// See sqlite.hpp for errors. One thread at a time.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "storage/history.hpp"
#include "storage/sqlite.hpp"

namespace ndisk::storage {

struct TrashRow {
  std::uint64_t id = 0;
  std::int64_t user = 0;
  std::int64_t node = 0;
  std::string path;
  TimeNs removed = 0;
};

class TrashTable {
 public:
  explicit TrashTable(Database& database) : database_(database) {}

  // Newest first, below the id `before` (0: from the newest). `expires` is the caller's to fill in.
  [[nodiscard]] std::vector<TrashItem> newest(std::int64_t user, std::uint64_t before, std::size_t limit);
  [[nodiscard]] std::optional<TrashRow> find(std::int64_t user, std::uint64_t id);
  // The one that was removed last from exactly this path.
  [[nodiscard]] std::optional<TrashRow> newest_of(std::int64_t user, const std::string& path);
  // Of all users, those that were removed at this time or before, up to the id `newest`.
  [[nodiscard]] std::vector<TrashRow> removed_up_to(TimeNs time, std::uint64_t newest, int limit);
  void remove(std::uint64_t id);
  // All of the user's that were removed before a time (nothing: all of them); returns how many. Their nodes become
  // those of `new_parent`.
  std::uint64_t remove_all(std::int64_t user, std::optional<TimeNs> removed_before, std::int64_t new_parent);

 private:
  Database& database_;
};

}  // namespace ndisk::storage
