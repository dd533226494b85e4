#include "server/byte_size.hpp"

#include "tests/catch.hpp"

namespace ndisk::server {

TEST_CASE("byte size: bytes, and units of 1024 with or without a fraction") {
  CHECK(parse_byte_size("0") == 0);
  CHECK(parse_byte_size("4096") == 4096);
  CHECK(parse_byte_size("1k") == 1024);
  CHECK(parse_byte_size("500M") == 500ull << 20);
  CHECK(parse_byte_size("10GiB") == 10ull << 30);
  CHECK(parse_byte_size("1.5T") == 3ull << 39);
  CHECK(parse_byte_size("0.1K") == 102);
  CHECK(parse_byte_size("9223372036854775807") == 9223372036854775807ull);
}

TEST_CASE("byte size: what is no size is refused") {
  for (const char* text : {"", "G", "iB", "10iB", "-1", "+1", "1.5", "1.", "1.M", ".5M", "1e3", "10GB", "10 G", "0x10",
                           "1.5.5G", "1.0000000001G", "none"}) {
    CAPTURE(text);
    CHECK(parse_byte_size(text).error().code == ErrorCode::kInvalid);
  }
}

TEST_CASE("byte size: more than a catalog can hold is refused") {
  for (const char* text : {"9223372036854775808", "8192P", "18446744073709551615P", "99999999999999999999"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_byte_size(text).has_value());
  }
}

TEST_CASE("byte size: people see the unit that fits") {
  CHECK(human_bytes(0) == "0 B");
  CHECK(human_bytes(1023) == "1023 B");
  CHECK(human_bytes(1536) == "1.5 KiB");
  CHECK(human_bytes(5ull << 40) == "5.0 TiB");
}

}  // namespace ndisk::server
