// The table versions as a file's history: newest first for people, oldest first for the collector. See sqlite.hpp for
// errors. One thread at a time.
#pragma once

#include <optional>
#include <vector>

#include "storage/history.hpp"
#include "storage/sqlite.hpp"

namespace ndisk::storage {

// A version as the collector sees it.
struct KeptVersion {
  std::uint64_t id = 0;
  std::int64_t object = 0;
  TimeNs created = 0;
};

class VersionTable {
 public:
  explicit VersionTable(Database& database) : database_(database) {}

  // The node's newest versions below the number `before` (0: from the newest). `current` is the caller's to fill in.
  [[nodiscard]] std::vector<VersionSummary> newest(std::int64_t node, std::uint64_t before, std::size_t limit);
  // The newest version of the node below a number.
  [[nodiscard]] std::optional<std::uint64_t> newest_before(std::int64_t node, std::uint64_t before);
  // Counted from the newest, which is 0.
  [[nodiscard]] std::optional<KeptVersion> nth_newest(std::int64_t node, std::uint64_t n);
  // In order, up to and with a number.
  [[nodiscard]] std::vector<KeptVersion> oldest(std::int64_t node, std::uint64_t up_to, int limit);
  // With its reference to the object.
  void remove(const KeptVersion& version);

 private:
  Database& database_;
};

}  // namespace ndisk::storage
