#include "server/byte_size.hpp"

#include <array>
#include <charconv>
#include <cstdio>
#include <optional>

namespace ndisk::server {
namespace {

// Holds the product of any two 64-bit numbers.
__extension__ using Wide = unsigned __int128;

constexpr std::string_view kUnits = "KMGTP";
constexpr std::uint64_t kMostBytes = (std::uint64_t{1} << 63) - 1;
constexpr std::size_t kMostFractionDigits = 9;

std::optional<std::uint64_t> number(std::string_view digits) {
  std::uint64_t value = 0;
  const auto* end = digits.data() + digits.size();
  const auto parsed = std::from_chars(digits.data(), end, value);
  if (digits.empty() || parsed.ec != std::errc() || parsed.ptr != end) return std::nullopt;
  return value;
}

// Cuts the unit off; how often it is 1024.
int take_unit(std::string_view& text) {
  if (text.ends_with("iB") && text.size() > 2) text.remove_suffix(2);
  if (text.empty()) return 0;
  const char last = text.back() >= 'a' && text.back() <= 'z' ? static_cast<char>(text.back() - 'a' + 'A') : text.back();
  const auto found = kUnits.find(last);
  if (found == kUnits.npos) return 0;
  text.remove_suffix(1);
  return static_cast<int>(found) + 1;
}

std::unexpected<Error> no_size(std::string_view text) {
  return fail(ErrorCode::kInvalid, "'" + std::string(text) + "' is no size: give bytes, or 500M, 1.5T, 10GiB");
}

}  // namespace

Result<std::uint64_t> parse_byte_size(std::string_view text) {
  auto rest = text;
  const auto unit = take_unit(rest);
  const bool has_word = text.ends_with("iB");
  if (unit == 0 && has_word) return no_size(text);
  const auto point = rest.find('.');
  const auto whole = number(rest.substr(0, point));
  if (!whole) return no_size(text);
  const auto scale = static_cast<Wide>(1) << (10 * unit);
  auto bytes = *whole * scale;
  if (point != rest.npos) {
    const auto digits = rest.substr(point + 1);
    const auto fraction = number(digits);
    if (unit == 0 || !fraction || digits.size() > kMostFractionDigits) return no_size(text);
    std::uint64_t divisor = 1;
    for (std::size_t i = 0; i < digits.size(); ++i) divisor *= 10;
    bytes += *fraction * scale / divisor;
  }
  if (bytes > kMostBytes) return fail(ErrorCode::kInvalid, "'" + std::string(text) + "' is more than any disk holds");
  return static_cast<std::uint64_t>(bytes);
}

std::string human_bytes(std::uint64_t bytes) {
  constexpr const char* kNames[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
  auto value = static_cast<double>(bytes);
  std::size_t unit = 0;
  for (; value >= 1024 && unit + 1 < std::size(kNames); ++unit) value /= 1024;
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), unit == 0 ? "%.0f %s" : "%.1f %s", value, kNames[unit]);
  return text.data();
}

}  // namespace ndisk::server
