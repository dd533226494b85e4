#include "common/chunks/chunker.hpp"

#include <algorithm>
#include <array>

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace ndisk::chunks {
namespace {

constexpr std::uint64_t kMostChunks = 3 << 16;
constexpr unsigned kFirstBlockLog2 = 16;
constexpr std::uint64_t kMostBlocks = 1 << 14;
// More zero bits than the average size has before it, fewer after it.
constexpr unsigned kNormalisation = 2;
constexpr std::size_t kWindow = 64;  // bytes that a 64-bit gear hash sees

// The gear table: SplitMix64 (Steele, Lea and Flood, 2014) from 0.
constexpr std::array<std::uint64_t, 256> make_gear() {
  std::array<std::uint64_t, 256> gear{};
  std::uint64_t state = 0;
  for (auto& value : gear) {
    std::uint64_t mixed = state += 0x9E3779B97F4A7C15u;
    mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9u;
    mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EBu;
    value = mixed ^ (mixed >> 31);
  }
  return gear;
}
constexpr auto kGear = make_gear();

std::uint64_t roll(std::uint64_t hash, ByteView bytes) {
  for (const auto byte : bytes) hash = (hash << 1) + kGear[byte];
  return hash;
}

// The place behind the first byte of bytes[from, to) at which the hash has zeros above `shift`; else nothing.
std::optional<std::size_t> roll_to_cut(std::uint64_t& hash, ByteView bytes, std::size_t from, std::size_t to,
                                       unsigned shift) {
  auto rolled = hash;
  auto at = from;
  // Two bytes at a time, so that each hash waits for the one before the last only.
  for (; at + 1 < to; at += 2) {
    const auto one = kGear[bytes[at]], other = kGear[bytes[at + 1]];
    if (((rolled << 1) + one) >> shift == 0) return at + 1;
    rolled = (rolled << 2) + ((one << 1) + other);
    if (rolled >> shift == 0) return at + 2;
  }
  if (at < to) {
    rolled = (rolled << 1) + kGear[bytes[at]];
    if (rolled >> shift == 0) return at + 1;
  }
  hash = rolled;
  return std::nullopt;
}

}  // namespace

Cut chunks_for(std::uint64_t size) {
  auto log2 = kSmallestAverageLog2;
  while (log2 < kLargestAverageLog2 && size >> log2 > kMostChunks) ++log2;
  return {log2, false};
}

Cut blocks_for(std::uint64_t size) {
  auto log2 = kFirstBlockLog2;
  while (log2 < kLargestBlockLog2 && size >> log2 > kMostBlocks) ++log2;
  return {log2, true};
}

// A block is a chunk that may have one length only.
Chunker::Chunker(Cut cut)
    : least_(std::size_t{1} << (cut.fixed ? cut.log2 : cut.log2 - 2)),
      average_(std::size_t{1} << cut.log2),
      most_(std::size_t{1} << (cut.fixed ? cut.log2 : cut.log2 + 2)),
      shift_before_(64 - cut.log2 - kNormalisation),
      shift_after_(64 - cut.log2 + kNormalisation) {}

std::optional<std::size_t> Chunker::find_end(ByteView bytes) {
  // Places in `bytes` at which the chunk has so many bytes, none of them behind the end.
  const auto place_of = [&](std::size_t length) { return std::min(length - std::min(length, length_), bytes.size()); };
  // What lies further before the first possible cut than the window has no say, and is not looked at.
  const auto window = place_of(least_ - kWindow), least = place_of(least_);
  hash_ = roll(hash_, bytes.subspan(window, least - window));
  auto end = roll_to_cut(hash_, bytes, least, place_of(average_), shift_before_);
  if (!end) end = roll_to_cut(hash_, bytes, place_of(average_), place_of(most_), shift_after_);
  if (!end && length_ + bytes.size() >= most_) end = most_ - length_;
  length_ += bytes.size();
  if (end) begin();
  return end;
}

void Chunker::begin() {
  length_ = 0;
  hash_ = 0;
}

struct ChunkReader::Hash {
  XXH3_state_t state;
};

ChunkReader::ChunkReader(Cut cut) : chunker_(cut), hash_(std::make_unique<Hash>()) { XXH3_64bits_reset(&hash_->state); }

ChunkReader::~ChunkReader() = default;
ChunkReader::ChunkReader(ChunkReader&&) noexcept = default;

void ChunkReader::add(ByteView bytes, std::vector<Chunk>& ended) {
  while (!bytes.empty()) {
    const auto end = chunker_.find_end(bytes);
    const auto part = bytes.first(end.value_or(bytes.size()));
    XXH3_64bits_update(&hash_->state, part.data(), part.size());
    length_ += static_cast<std::uint32_t>(part.size());
    bytes = bytes.subspan(part.size());
    if (end) finish(ended);
  }
}

void ChunkReader::finish(std::vector<Chunk>& ended) {
  if (length_ == 0) return;
  ended.push_back({length_, XXH3_64bits_digest(&hash_->state)});
  XXH3_64bits_reset(&hash_->state);
  chunker_.begin();
  length_ = 0;
}

}  // namespace ndisk::chunks
