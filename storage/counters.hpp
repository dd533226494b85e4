// The table counters: single numbers by name (docs/storage-format.md lists them). See sqlite.hpp for errors. One thread
// at a time.
#pragma once

#include <optional>

#include "storage/sqlite.hpp"

namespace ndisk::storage {

// The round of the scrub: when it began, what it has read, when the last one ended.
inline constexpr char kScrubStarted[] = "scrub_started";
inline constexpr char kScrubBytes[] = "scrub_bytes";
inline constexpr char kScrubEnded[] = "scrub_ended";

[[nodiscard]] inline std::optional<std::int64_t> find_counter(Database& database, const char* name) {
  auto query = database.query("SELECT value FROM counters WHERE name = ?", name);
  if (!query.step()) return std::nullopt;
  return query.integer(0);
}

inline void set_counter(Database& database, const char* name, std::int64_t value) {
  database.run("INSERT OR REPLACE INTO counters (name, value) VALUES (?, ?)", name, value);
}

inline void remove_counter(Database& database, const char* name) {
  database.run("DELETE FROM counters WHERE name = ?", name);
}

}  // namespace ndisk::storage
