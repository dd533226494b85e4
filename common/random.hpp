// Random bytes from the operating system's generator; takes no memory. Any thread.
#pragma once

#include <array>
#include <cstddef>
#include <span>

#include "common/bytes.hpp"

namespace ndisk {

// Fills `out`. Ends the process if the generator fails: no caller can go on without it safely.
void fill_random(std::span<std::uint8_t> out);

template <std::size_t N>
[[nodiscard]] std::array<std::uint8_t, N> random_bytes() {
  std::array<std::uint8_t, N> out;
  fill_random(out);
  return out;
}

// Above 0; of 56 bits.
[[nodiscard]] inline std::int64_t random_number() {
  std::int64_t number = 0;
  for (const auto byte : random_bytes<8>()) number = (number << 7) | (byte & 0x7f);
  return number | 1;
}

}  // namespace ndisk
