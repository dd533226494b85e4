// Chunker: cuts content where the content itself says, so that what is inserted or removed moves cuts only near itself,
// and two contents that share most of their bytes share most of their chunks.
//
// FastCDC with normalised chunk sizes (Xia et al., USENIX ATC 2016): a gear hash of the last 64 bytes decides; before
// the average size is reached a cut needs more zero bits than after it. docs/protocol.md ("Chunks") has the numbers, as
// both ends have to cut alike. Pure; one thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "common/bytes.hpp"

namespace ndisk::chunks {

// Of a chunk's average size in bytes. The least and the most that a chunk has are a quarter and four times of it; the
// last chunk of a content may be shorter.
inline constexpr unsigned kSmallestAverageLog2 = 13;
inline constexpr unsigned kLargestAverageLog2 = 24;

// Of the size of blocks.
inline constexpr unsigned kSmallestBlockLog2 = 13;
inline constexpr unsigned kLargestBlockLog2 = 30;

// Where a content is cut: where it says so itself, into chunks of 2^log2 bytes on average, or every 2^log2 bytes, into
// blocks.
struct Cut {
  unsigned log2 = kSmallestAverageLog2;
  bool fixed = false;
};

// So that a content of this size has about 200,000 chunks at most, up to 3 TiB: memory for them does not grow with it.
[[nodiscard]] Cut chunks_for(std::uint64_t size);
// So that it has 16,384 whole blocks at most, up to 16 TiB, and those have 64 KiB or more.
[[nodiscard]] Cut blocks_for(std::uint64_t size);

class Chunker {
 public:
  // `log2` between the two bounds.
  explicit Chunker(Cut cut);

  // How many of the bytes, which follow those of the calls before, belong to the chunk under way, if it ends among
  // them; the next call begins behind. Nothing: all of them do, and it goes on.
  [[nodiscard]] std::optional<std::size_t> find_end(ByteView bytes);
  // Another content begins.
  void begin();

 private:
  const std::size_t least_, average_, most_;
  const unsigned shift_before_, shift_after_;
  std::size_t length_ = 0;  // of the chunk so far
  std::uint64_t hash_ = 0;
};

// One chunk as the other end needs it to recognise it. That two chunks have one hash by accident is found out in the
// end, as the digest of the whole decides.
struct Chunk {
  std::uint32_t length = 0;
  std::uint64_t hash = 0;  // XXH3, 64 bits, seed 0

  friend bool operator==(const Chunk&, const Chunk&) = default;
};

// The chunks of a content that comes in pieces of any size. The state for a piece is bounded; chunks are handed on.
class ChunkReader {
 public:
  explicit ChunkReader(Cut cut);
  ~ChunkReader();
  ChunkReader(ChunkReader&&) noexcept;

  // Appends the chunks that end among the bytes.
  void add(ByteView bytes, std::vector<Chunk>& ended);
  // The content ends: the last chunk, if anything is left. Another content may follow.
  void finish(std::vector<Chunk>& ended);

 private:
  struct Hash;

  Chunker chunker_;
  std::unique_ptr<Hash> hash_;  // xxHash's state, which is large
  std::uint32_t length_ = 0;
};

}  // namespace ndisk::chunks
