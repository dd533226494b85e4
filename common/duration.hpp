// Lengths of time as people write them. Pure; any thread.
#pragma once

#include <optional>
#include <string_view>

#include "common/clock.hpp"

namespace ndisk {

// "90s", "30m", "12h", "2d", "1w": a whole number and its unit. Nothing for all else, and beyond 2^63 - 1 nanoseconds.
[[nodiscard]] std::optional<TimeNs> parse_duration(std::string_view text);

}  // namespace ndisk
