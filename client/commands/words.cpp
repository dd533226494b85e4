#include "client/commands/words.hpp"

#include <charconv>
#include <chrono>
#include <limits>
#include <string>

#include "common/duration.hpp"
#include "common/shown_name.hpp"

namespace ndisk::client {
namespace {

std::optional<std::uint64_t> whole_number(std::string_view digits) {
  std::uint64_t value = 0;
  const auto* const end = digits.data() + digits.size();
  const auto parsed = std::from_chars(digits.data(), end, value);
  if (digits.empty() || parsed.ec != std::errc() || parsed.ptr != end) return std::nullopt;
  return value;
}

std::optional<int> shift_of(char suffix) {
  switch (suffix) {
    case 'c': return 0;
    case 'k':
    case 'K': return 10;
    case 'm':
    case 'M': return 20;
    case 'g':
    case 'G': return 30;
    case 't':
    case 'T': return 40;
    default: return std::nullopt;
  }
}

std::optional<std::uint64_t> bytes_of(std::string_view text) {
  int shift = 0;
  if (!text.empty()) {
    if (const auto suffix = shift_of(text.back())) {
      shift = *suffix;
      text.remove_suffix(1);
    }
  }
  const auto number = whole_number(text);
  if (!number || *number > UINT64_MAX >> shift) return std::nullopt;
  return *number << shift;
}

// Takes exactly `count` digits and then `after` (0: nothing) from the front.
std::optional<int> take_digits(std::string_view& text, std::size_t count, char after) {
  if (text.size() < count) return std::nullopt;
  const auto number = whole_number(text.substr(0, count));
  if (!number) return std::nullopt;
  text.remove_prefix(count);
  if (after != 0) {
    if (text.empty() || text.front() != after) return std::nullopt;
    text.remove_prefix(1);
  }
  return static_cast<int>(*number);
}

std::optional<TimeNs> day_of(std::string_view& text) {
  const auto year = take_digits(text, 4, '-');
  const auto month = year ? take_digits(text, 2, '-') : std::nullopt;
  const auto day = month ? take_digits(text, 2, 0) : std::nullopt;
  if (!day) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(*year), std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  // 64 bits of nanoseconds reach from 1678 to 2261.
  if (!date.ok() || *year < 1678 || *year > 2261) return std::nullopt;
  return TimeNs{std::chrono::sys_days(date).time_since_epoch().count()} * 24 * 3600 * kSecondNs;
}

std::optional<TimeNs> time_of_day(std::string_view text) {
  if (!text.empty() && text.back() == 'Z') text.remove_suffix(1);
  if (text.empty()) return 0;
  if (text.front() != 'T') return std::nullopt;
  text.remove_prefix(1);
  const auto hour = take_digits(text, 2, ':');
  const bool with_seconds = text.size() > 2;
  const auto minute = hour ? take_digits(text, 2, with_seconds ? ':' : 0) : std::nullopt;
  const auto second = !with_seconds ? std::optional(0) : minute ? take_digits(text, 2, 0) : std::nullopt;
  if (!hour || !minute || !second || !text.empty()) return std::nullopt;
  if (*hour > 23 || *minute > 59 || *second > 59) return std::nullopt;
  return TimeNs{(*hour * 60 + *minute) * 60 + *second} * kSecondNs;
}

std::string quoted(std::string_view text) { return "'" + shown_name(text) + "'"; }

}  // namespace

Result<SizeCondition> parse_size_condition(std::string_view text) {
  const auto all = text;
  char sign = 0;
  if (!text.empty() && (text.front() == '+' || text.front() == '-')) {
    sign = text.front();
    text.remove_prefix(1);
  }
  const auto bytes = bytes_of(text);
  const bool impossible = bytes && ((sign == '-' && *bytes == 0) || (sign == '+' && *bytes == UINT64_MAX));
  if (!bytes || impossible) {
    return fail(ErrorCode::kInvalid, quoted(all) + " is not a size; +10M is more than that, -1k less, 512 exactly");
  }
  if (sign == '+') return SizeCondition{*bytes + 1, std::nullopt};
  if (sign == '-') return SizeCondition{std::nullopt, *bytes - 1};
  return SizeCondition{*bytes, *bytes};
}

Result<TimeNs> parse_moment(std::string_view text, TimeNs now) {
  if (const auto age = parse_duration(text)) return now - *age;
  auto rest = text;
  if (const auto day = day_of(rest)) {
    if (const auto time = time_of_day(rest)) return *day + *time;
  }
  return fail(ErrorCode::kInvalid, quoted(text) + " is not a time; 30m, 12h and 2d are ages, 2026-01-31 and " +
                                       "2026-01-31T12:00:00Z dates");
}

Result<std::uint64_t> parse_number(std::string_view text, std::string_view what, std::uint64_t max) {
  const auto number = whole_number(text);
  if (number && *number <= max) return *number;
  return fail(ErrorCode::kInvalid, quoted(text) + " is not " + std::string(what) + ": a number is needed" +
                                       (number ? ", " + std::to_string(max) + " at most" : std::string()));
}

}  // namespace ndisk::client
