// Content that has no repetition in it, the same for the same seed.
#pragma once

#include "common/bytes.hpp"

namespace ndisk::chunks {

inline Bytes noise(std::size_t size, std::uint32_t seed = 1) {
  Bytes bytes(size);
  for (auto& byte : bytes) {
    seed = seed * 1664525 + 1013904223;
    byte = static_cast<std::uint8_t>(seed >> 24);
  }
  return bytes;
}

}  // namespace ndisk::chunks
