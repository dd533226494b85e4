#include "common/bytes.hpp"

#include "tests/catch.hpp"

namespace ndisk {
namespace {

TEST_CASE("hex: writes two lower-case digits a byte") {
  CHECK(to_hex({}) == "");
  CHECK(to_hex(Bytes{0x00, 0x0F, 0xA0, 0xFF}) == "000fa0ff");
}

TEST_CASE("hex: reads both cases") { CHECK(from_hex("00fFAa").value() == Bytes{0x00, 0xFF, 0xAA}); }

TEST_CASE("hex: refuses an odd length and any other character") {
  for (const char* text : {"0", "000", "0g", "g0", " 0", "0x00", "-1"}) {
    CAPTURE(text);
    REQUIRE_FALSE(from_hex(text));
    CHECK(from_hex(text).error().code == ErrorCode::kInvalid);
  }
}

TEST_CASE("hex: every byte comes back") {
  Bytes all(256);
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<std::uint8_t>(i);
  CHECK(from_hex(to_hex(all)).value() == all);
}

TEST_CASE("base64url: gives the test vectors of RFC 4648 without their padding") {
  const std::pair<const char*, const char*> vectors[] = {
      {"", ""},           {"f", "Zg"},          {"fo", "Zm8"},         {"foo", "Zm9v"},
      {"foob", "Zm9vYg"}, {"fooba", "Zm9vYmE"}, {"foobar", "Zm9vYmFy"}};
  for (const auto& [plain, encoded] : vectors) {
    CAPTURE(plain);
    CHECK(to_base64url(as_bytes(plain)) == encoded);
    CHECK(as_text(from_base64url(encoded).value()) == plain);
  }
}

TEST_CASE("base64url: uses the alphabet that is safe in links") {
  CHECK(to_base64url(Bytes{0xFB, 0xEF, 0xFF}) == "--__");
  CHECK(from_base64url("--__").value() == Bytes{0xFB, 0xEF, 0xFF});
}

TEST_CASE("base64url: every length from 0 to 64 comes back") {
  Bytes bytes;
  for (std::size_t size = 0; size <= 64; ++size) {
    CHECK(from_base64url(to_base64url(bytes)).value() == bytes);
    bytes.push_back(static_cast<std::uint8_t>(size * 37 + 11));
  }
}

TEST_CASE("base64url: refuses what no encoder writes") {
  // A lone digit, padding, the other alphabet, white space, and spare bits that are not zero.
  for (const char* text : {"Z", "Zm9vY", "Zg==", "+A", "/A", "Zm 9v", "Zh", "Zm9"}) {
    CAPTURE(text);
    REQUIRE_FALSE(from_base64url(text));
    CHECK(from_base64url(text).error().code == ErrorCode::kInvalid);
  }
}

TEST_CASE("equal_in_constant_time: tells equal from unequal bytes and lengths") {
  const Bytes secret{1, 2, 3};
  CHECK(equal_in_constant_time(secret, Bytes{1, 2, 3}));
  CHECK(equal_in_constant_time({}, {}));
  CHECK_FALSE(equal_in_constant_time(secret, Bytes{1, 2}));
  CHECK_FALSE(equal_in_constant_time(secret, Bytes{0, 2, 3}));
  CHECK_FALSE(equal_in_constant_time(secret, Bytes{1, 2, 0x83}));
}

}  // namespace
}  // namespace ndisk
