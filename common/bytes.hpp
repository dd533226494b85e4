// Bytes: owned, viewed, and written as text (hex, base64url). Pure values; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/error.hpp"

namespace ndisk {

using Bytes = std::vector<std::uint8_t>;
using ByteView = std::span<const std::uint8_t>;

[[nodiscard]] inline ByteView as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}
[[nodiscard]] inline std::string_view as_text(ByteView bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// Lower-case hexadecimal, two digits a byte.
[[nodiscard]] std::string to_hex(ByteView bytes);
// Accepts both cases. kInvalid on an odd length or another character.
[[nodiscard]] Result<Bytes> from_hex(std::string_view text);

// RFC 4648 section 5, without padding.
[[nodiscard]] std::string to_base64url(ByteView bytes);
// kInvalid on a character outside the alphabet, an impossible length, or non-zero spare bits.
[[nodiscard]] Result<Bytes> from_base64url(std::string_view text);

// Equality in a time that depends on the lengths only: for secrets.
[[nodiscard]] bool equal_in_constant_time(ByteView a, ByteView b);

}  // namespace ndisk
