// What a new connection speaks, told by its first byte (docs/protocol.md, "First byte"). Pure.
#pragma once

#include <cstdint>
#include <string_view>

namespace ndisk::server {

enum class Dialect : std::uint8_t { kTls, kPlainFrames, kHttp, kGarbage };

[[nodiscard]] constexpr Dialect dialect_of(std::uint8_t first_byte) {
  if (first_byte == 0x16) return Dialect::kTls;                       // a TLS handshake record
  if (first_byte == 0x00) return Dialect::kPlainFrames;               // a frame's length is below 2^24
  if (first_byte >= 'A' && first_byte <= 'Z') return Dialect::kHttp;  // a method
  return Dialect::kGarbage;
}

inline constexpr std::string_view kHttpAnswer =
    "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\nConnection: close\r\nContent-Length: 63\r\n\r\n"
    "This is an ndisk server: it is reached with the program ndisk.\n";

}  // namespace ndisk::server
