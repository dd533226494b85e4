#include "client/commands/words.hpp"
#include "tests/catch.hpp"

namespace ndisk::client {
namespace {

constexpr TimeNs kNow = 1'800'000'000 * kSecondNs;
constexpr TimeNs kDay = 86'400 * kSecondNs;

TEST_CASE("words: +N is more than N, -N less, N exactly") {
  CHECK(parse_size_condition("+5")->min == 6);
  CHECK_FALSE(parse_size_condition("+5")->max);
  CHECK(parse_size_condition("-5")->max == 4);
  CHECK_FALSE(parse_size_condition("-5")->min);
  CHECK(parse_size_condition("5")->min == 5);
  CHECK(parse_size_condition("5")->max == 5);
}

TEST_CASE("words: suffixes of sizes are powers of 1024") {
  CHECK(parse_size_condition("0")->max == 0);
  CHECK(parse_size_condition("7c")->min == 7);
  CHECK(parse_size_condition("2k")->min == 2048);
  CHECK(parse_size_condition("2K")->min == 2048);
  CHECK(parse_size_condition("3M")->min == 3 << 20);
  CHECK(parse_size_condition("1G")->min == 1 << 30);
  CHECK(parse_size_condition("16777215T")->min == 16'777'215ULL << 40);
}

TEST_CASE("words: what is no size is refused") {
  const auto* word = GENERATE("", "+", "-", "k", "1x", "1kk", "++1", "1.5M", "-0", "16777216T", "18446744073709551616",
                              "+18446744073709551615", " 1", "0x10");
  CHECK_FALSE(parse_size_condition(word));
}

TEST_CASE("words: an age is so long before now") {
  CHECK(parse_moment("90s", kNow) == kNow - 90 * kSecondNs);
  CHECK(parse_moment("30m", kNow) == kNow - 1800 * kSecondNs);
  CHECK(parse_moment("12h", kNow) == kNow - kDay / 2);
  CHECK(parse_moment("2d", kNow) == kNow - 2 * kDay);
  CHECK(parse_moment("2w", kNow) == kNow - 14 * kDay);
}

TEST_CASE("words: a date is midnight in UTC, with a time it is that") {
  CHECK(parse_moment("2026-01-31", kNow) == 1'769'817'600 * kSecondNs);
  CHECK(parse_moment("2026-01-31Z", kNow) == 1'769'817'600 * kSecondNs);
  CHECK(parse_moment("2026-01-31T12:00", kNow) == 1'769'860'800 * kSecondNs);
  CHECK(parse_moment("2026-01-31T12:00:01Z", kNow) == 1'769'860'801 * kSecondNs);
  CHECK(parse_moment("1969-12-31T23:59:59", kNow) == -kSecondNs);
}

TEST_CASE("words: what is no time is refused") {
  const auto* word =
      GENERATE("", "d", "2", "2y", "-2d", "2026", "2026-01", "2026-02-30", "2026-13-01", "2026-1-1", "2026-01-31T",
               "2026-01-31 12:00", "2026-01-31T24:00", "2026-01-31T12:60", "2026-01-31T12:00:60",
               "2026-01-31T12:00:00+1", "1677-01-01", "2262-01-01", "99999999999999w");
  CHECK_FALSE(parse_moment(word, kNow));
}

TEST_CASE("words: a number is decimal and within its bound") {
  CHECK(parse_number("17", "a version") == 17U);
  CHECK(parse_number("18446744073709551615", "a version") == UINT64_MAX);
  CHECK_FALSE(parse_number("18446744073709551616", "a version"));
  CHECK_FALSE(parse_number("-1", "a version"));
  CHECK_FALSE(parse_number("", "a version"));
  CHECK_FALSE(parse_number("11", "a depth", 10));
}

}  // namespace
}  // namespace ndisk::client
