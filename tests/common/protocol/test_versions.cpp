#include "common/protocol/versions.hpp"

#include "tests/catch.hpp"

namespace ndisk::protocol {
namespace {

TEST_CASE("version: the one that both sides speak is chosen") {
  CHECK(choose_version(1, 1).value() == 1);
  CHECK(choose_version(1, 7).value() == 1);
  CHECK(choose_version(0, 1).value() == 1);
}

TEST_CASE("version: without one in common both ranges are named") {
  const std::pair<std::uint32_t, std::uint32_t> ranges[] = {{2, 3}, {0, 0}, {2, 1}, {1, 0}};
  for (const auto& [low, high] : ranges) {
    const auto chosen = choose_version(low, high);
    REQUIRE_FALSE(chosen);
    CHECK(chosen.error().code == ErrorCode::kUnsupportedVersion);
    CHECK_THAT(chosen.error().message,
               Catch::Contains("speaks 1") && Catch::Contains(std::to_string(low) + " to " + std::to_string(high)));
  }
}

TEST_CASE("login text: over TLS it holds the exporter and the key") {
  const ChannelBinding binding{.tls_exporter = Bytes(32, 0xE1), .client_nonce = {}, .server_nonce = {}};
  std::string expected = "6e6469736b2f31206c6f67696e00";  // "ndisk/1 login" NUL
  expected += "00000020";
  for (int i = 0; i < 32; ++i) expected += "e1";
  expected +=
      "00000000"
      "00000000";
  expected += "00000020";
  for (int i = 0; i < 32; ++i) expected += "0b";
  expected += "00000000";
  CHECK(to_hex(login_text(binding, Bytes(32, 0x0B), {})) == expected);
}

TEST_CASE("login text: in plaintext it holds both nonces, the client's first") {
  const ChannelBinding binding{.tls_exporter = {}, .client_nonce = {0xC1, 0xC2}, .server_nonce = {0x51}};
  CHECK(to_hex(login_text(binding, Bytes{0x0B}, {})) ==
        "6e6469736b2f31206c6f67696e00"
        "00000000"
        "00000002c1c2"
        "0000000151"
        "000000010b"
        "00000000");
}

TEST_CASE("login text: an enrolment ends with the token") {
  const ChannelBinding binding{.tls_exporter = {0xE1}, .client_nonce = {}, .server_nonce = {}};
  CHECK(to_hex(login_text(binding, Bytes{0x0B}, Bytes{0x70, 0x71})) ==
        "6e6469736b2f31206c6f67696e00"
        "00000001e1"
        "00000000"
        "00000000"
        "000000010b"
        "000000027071");
}

TEST_CASE("login text: no byte can move from one part to the next") {
  const ChannelBinding one{.tls_exporter = {}, .client_nonce = {1, 2}, .server_nonce = {3}};
  const ChannelBinding other{.tls_exporter = {}, .client_nonce = {1}, .server_nonce = {2, 3}};
  CHECK(login_text(one, {}, {}) != login_text(other, {}, {}));
}

}  // namespace
}  // namespace ndisk::protocol
