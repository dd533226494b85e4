// Words of the command line that stand for a number: sizes, points in time, versions. Pure; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "common/clock.hpp"
#include "common/error.hpp"

namespace ndisk::client {

// Bounds in bytes, both included.
struct SizeCondition {
  std::optional<std::uint64_t> min;
  std::optional<std::uint64_t> max;
};

// "+10M": more than that; "-1k": less; "512": exactly. Suffixes c (bytes, as without one), k, M, G and T of 1024; upper
// and lower case. Bytes are compared, nothing is rounded to the unit. kInvalid for all else, "-0" included.
[[nodiscard]] Result<SizeCondition> parse_size_condition(std::string_view text);

// "2d" is two days before `now`: s, m(inutes), h, d, w. Or a point in UTC: "2026-01-31", "2026-01-31T12:00" and
// "2026-01-31T12:00:00", with or without a Z behind. kInvalid for all else, days that no calendar has included.
[[nodiscard]] Result<TimeNs> parse_moment(std::string_view text, TimeNs now);

// A plain decimal number of at most `max`. kInvalid, naming `what` ("a version"), for all else.
[[nodiscard]] Result<std::uint64_t> parse_number(std::string_view text, std::string_view what,
                                                 std::uint64_t max = UINT64_MAX);

}  // namespace ndisk::client
