// The rules of what is kept for how long: see Retention in history.hpp. Inside the writer's transaction.
#pragma once

#include "storage/purge.hpp"

namespace ndisk::storage {

// Bounds of Retention: more is refused, so that no time can pass the end of the clock.
inline constexpr TimeNs kMaxKeptTime = TimeNs{36'500} * 24 * 3600 * kSecondNs;
inline constexpr std::uint64_t kMaxKeptVersions = 1'000'000'000;

// kInvalid: one of the promises is beyond its bound, or negative.
[[nodiscard]] Result<void> check_retention(const Retention& retention);

// A version of the node was just replaced.
void note_replaced(WriteContext& context, std::int64_t node);

// If the promises are others than at the last start, every file with earlier versions is looked at again.
void follow_retention(WriteContext& context, const Retention& retention);

// At the beginning of a run: see days_seen.hpp.
[[nodiscard]] Step note_day(WriteContext& context, const Retention& retention, int limit);

// Removes versions that no promise covers: looks at no more than `limit` files and versions together.
[[nodiscard]] Step prune_versions(WriteContext& context, const Retention& retention, int limit);

// Dooms what was in the trash for its time; `nodes` of the answer are items.
[[nodiscard]] Step expire_trash(WriteContext& context, const Retention& retention, int limit);

}  // namespace ndisk::storage
