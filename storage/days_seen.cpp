#include "storage/days_seen.hpp"

#include <limits>
#include <string>

#include "storage/counters.hpp"

namespace ndisk::storage {
namespace {

constexpr char kNumber[] = "day";
constexpr char kBegan[] = "day_began";
// And a day's number: the newest id on that day.
constexpr char kTrash[] = "day_trash.";
constexpr char kVersion[] = "day_version.";

std::string name_of(const char* what, std::int64_t day) { return what + std::to_string(day); }

bool has_row(Database& database, const char* newest) {
  auto query = database.query(newest);
  return query.step() && !query.is_null(0);
}

void keep(Database& database, const char* what, std::int64_t day, TimeNs time, const char* newest_id) {
  if (time >= kDaySeen) {
    auto query = database.query(newest_id);
    if (query.step()) set_counter(database, name_of(what, day).c_str(), query.integer(0));
  }
  for (auto old = day - time / kDaySeen - 1; find_counter(database, name_of(what, old).c_str()); --old) {
    remove_counter(database, name_of(what, old).c_str());
  }
}

std::uint64_t newest_seen(Database& database, const char* what, TimeNs ago) {
  if (ago < kDaySeen) return std::numeric_limits<std::int64_t>::max();
  const auto day = find_counter(database, kNumber).value_or(0) - ago / kDaySeen;
  return static_cast<std::uint64_t>(find_counter(database, name_of(what, day).c_str()).value_or(0));
}

}  // namespace

void note_day_seen(Database& database, TimeNs now, TimeNs of_trash, TimeNs of_versions) {
  const auto began = find_counter(database, kBegan);
  if (began && now >= *began && now - *began < kDaySeen) return;
  // Nothing waits for its time: a disk may sleep.
  const bool is_needed = (of_trash >= kDaySeen && has_row(database, "SELECT max(id) FROM trash")) ||
                         (of_versions >= kDaySeen && has_row(database, "SELECT max(node) FROM replaced"));
  if (!is_needed) return;
  set_counter(database, kBegan, now);
  // A clock that was set back: the day begins again.
  if (began && now < *began) return;
  const auto day = find_counter(database, kNumber).value_or(0) + 1;
  set_counter(database, kNumber, day);
  keep(database, kTrash, day, of_trash, "SELECT ifnull(max(id), 0) FROM trash");
  keep(database, kVersion, day, of_versions, "SELECT ifnull(max(id), 0) FROM versions");
}

std::uint64_t newest_trash_seen(Database& database, TimeNs ago) { return newest_seen(database, kTrash, ago); }

std::uint64_t newest_version_seen(Database& database, TimeNs ago) { return newest_seen(database, kVersion, ago); }

}  // namespace ndisk::storage
