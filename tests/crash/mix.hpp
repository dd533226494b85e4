// Sums by which things are told from each other. Pure.
#pragma once

#include <cstdint>

namespace ndisk::crash {

inline void mix(std::uint64_t& sum, std::uint64_t value) {
  sum ^= value + 0x9e3779b97f4a7c15 + (sum << 6) + (sum >> 2);
  sum *= 0xff51afd7ed558ccd;
  sum ^= sum >> 32;
}

}  // namespace ndisk::crash
