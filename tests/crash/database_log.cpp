#include "tests/crash/database_log.hpp"

#include <algorithm>

namespace ndisk::crash {
namespace {

constexpr std::size_t kHeaderBytes = 32;
constexpr std::size_t kFrameHeaderBytes = 24;
constexpr std::uint32_t kMagic = 0x377f0682;  // or with the last bit set: checksums of big-endian words

std::uint32_t big_endian(ByteView bytes, std::size_t at) {
  return std::uint32_t{bytes[at]} << 24 | std::uint32_t{bytes[at + 1]} << 16 | std::uint32_t{bytes[at + 2]} << 8 |
         bytes[at + 3];
}

std::uint32_t little_endian(ByteView bytes, std::size_t at) { return __builtin_bswap32(big_endian(bytes, at)); }

class Checksum {
 public:
  explicit Checksum(bool big_endian_words) : big_endian_words_(big_endian_words) {}

  void add(ByteView bytes) {
    for (std::size_t at = 0; at + 8 <= bytes.size(); at += 8) {
      first_ += word(bytes, at) + second_;
      second_ += word(bytes, at + 4) + first_;
    }
  }
  [[nodiscard]] bool is_stored_at(ByteView log, std::size_t at) const {
    return big_endian(log, at) == first_ && big_endian(log, at + 4) == second_;
  }

 private:
  [[nodiscard]] std::uint32_t word(ByteView bytes, std::size_t at) const {
    return big_endian_words_ ? big_endian(bytes, at) : little_endian(bytes, at);
  }

  bool big_endian_words_;
  std::uint32_t first_ = 0;
  std::uint32_t second_ = 0;
};

}  // namespace

std::size_t believed_bytes(ByteView log) {
  if (log.size() < kHeaderBytes || (big_endian(log, 0) & ~1U) != kMagic) return 0;
  Checksum sum((big_endian(log, 0) & 1U) != 0);
  sum.add(log.first(24));
  if (!sum.is_stored_at(log, 24)) return 0;
  const auto frame_bytes = kFrameHeaderBytes + big_endian(log, 8);
  std::size_t believed = 0;
  for (auto at = kHeaderBytes; at + frame_bytes <= log.size(); at += frame_bytes) {
    if (!std::ranges::equal(log.subspan(at + 8, 8), log.subspan(16, 8))) break;
    sum.add(log.subspan(at, 8));
    sum.add(log.subspan(at + kFrameHeaderBytes, frame_bytes - kFrameHeaderBytes));
    if (!sum.is_stored_at(log, at + 16)) break;
    if (big_endian(log, at + 4) != 0) believed = at + frame_bytes;
  }
  return believed;
}

}  // namespace ndisk::crash
