#include "server/front_door.hpp"

#include <string>

#include "tests/catch.hpp"

namespace ndisk::server {

TEST_CASE("front door: the first byte tells TLS, plaintext frames, HTTP and garbage apart") {
  CHECK(dialect_of(0x16) == Dialect::kTls);
  CHECK(dialect_of(0x00) == Dialect::kPlainFrames);
  CHECK(dialect_of('G') == Dialect::kHttp);
  CHECK(dialect_of('A') == Dialect::kHttp);
  CHECK(dialect_of('Z') == Dialect::kHttp);
  for (int byte : {0x01, 0x15, 0x17, 0x40, 0x5B, 0x67, 0x80, 0xFF}) {
    CHECK(dialect_of(static_cast<std::uint8_t>(byte)) == Dialect::kGarbage);
  }
}

TEST_CASE("front door: the answer to HTTP names the length that its body has") {
  const std::string answer(kHttpAnswer);
  const auto body = answer.substr(answer.find("\r\n\r\n") + 4);
  CHECK(answer.find("Content-Length: " + std::to_string(body.size()) + "\r\n") != std::string::npos);
}

}  // namespace ndisk::server
