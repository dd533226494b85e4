// What a collector had seen, of the trash and of the versions, so many of its days ago.
//
// The machine's clock is no proof of how old something is: it may have been behind when that was removed, or be ahead
// now. A day of the collector passes with its first run at least 24 hours after the one before, by that clock; so one
// that jumps ahead, or a server that did not run, makes one day of any time. None passes while nothing waits for its
// time. Kept among the counters. Inside the writer's transaction.
#pragma once

#include "common/clock.hpp"
#include "storage/sqlite.hpp"

namespace ndisk::storage {

inline constexpr TimeNs kDaySeen = 24 * 3600 * kSecondNs;  // by the clock, at least

// At the beginning of a run. What was seen is kept for so long of each of the two.
void note_day_seen(Database& database, TimeNs now, TimeNs of_trash, TimeNs of_versions);

// The id of the newest that was seen by then; 0: none was. For less than a day nothing is noted: the highest id.
[[nodiscard]] std::uint64_t newest_trash_seen(Database& database, TimeNs ago);
[[nodiscard]] std::uint64_t newest_version_seen(Database& database, TimeNs ago);

}  // namespace ndisk::storage
