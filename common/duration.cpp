#include "common/duration.hpp"

#include <charconv>
#include <cstdint>

namespace ndisk {
namespace {

std::optional<TimeNs> unit_of(char suffix) {
  switch (suffix) {
    case 's': return kSecondNs;
    case 'm': return 60 * kSecondNs;
    case 'h': return 3600 * kSecondNs;
    case 'd': return 24 * 3600 * kSecondNs;
    case 'w': return 7 * 24 * 3600 * kSecondNs;
    default: return std::nullopt;
  }
}

}  // namespace

std::optional<TimeNs> parse_duration(std::string_view text) {
  if (text.empty()) return std::nullopt;
  const auto unit = unit_of(text.back());
  text.remove_suffix(1);
  std::uint64_t number = 0;
  const auto* const end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, number);
  if (!unit || text.empty() || parsed.ec != std::errc() || parsed.ptr != end) return std::nullopt;
  if (number > static_cast<std::uint64_t>(INT64_MAX / *unit)) return std::nullopt;
  return static_cast<TimeNs>(number) * *unit;
}

}  // namespace ndisk
