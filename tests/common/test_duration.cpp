#include "common/duration.hpp"

#include "tests/catch.hpp"

namespace ndisk {

TEST_CASE("duration: a whole number of seconds, minutes, hours, days or weeks") {
  CHECK(parse_duration("90s") == 90 * kSecondNs);
  CHECK(parse_duration("30m") == 1800 * kSecondNs);
  CHECK(parse_duration("12h") == 12 * 3600 * kSecondNs);
  CHECK(parse_duration("2d") == 48 * 3600 * kSecondNs);
  CHECK(parse_duration("1w") == 7 * 24 * 3600 * kSecondNs);
  CHECK(parse_duration("0s") == 0);
}

TEST_CASE("duration: what is none, or is longer than times can be, is refused") {
  for (const char* text : {"", "h", "12", "1.5h", "-1h", "+1h", " 1h", "1 h", "1H", "1hour", "1h30m", "0x1h",
                           "9223372037s", "99999999999999999999s"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_duration(text).has_value());
  }
}

}  // namespace ndisk
