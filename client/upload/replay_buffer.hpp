// The newest bytes of a stream that can be read only once, kept until the server holds them safely. A value; one thread
// at a time.
#pragma once

#include <deque>

#include "common/bytes.hpp"
#include "common/digest.hpp"

namespace ndisk::client {

class ReplayBuffer {
 public:
  explicit ReplayBuffer(std::size_t limit) : limit_(limit) {}

  // Offsets in the stream: of the first byte kept, and of the next one to come.
  [[nodiscard]] std::uint64_t start() const { return blocks_.empty() ? end() : blocks_.front().offset; }
  [[nodiscard]] std::uint64_t end() const { return whole_.size(); }
  // Whether a block of that size may be added.
  [[nodiscard]] bool has_room(std::size_t bytes) const { return kept_ + bytes <= limit_; }

  void add(Bytes block);
  // Bytes before `offset` are not needed any more; whole blocks go.
  void forget_before(std::uint64_t offset);

  // The digest of the stream before `offset`. kNetwork if those bytes were forgotten or have not come yet: the server
  // lost more than is kept, and the stream can't be sent again.
  [[nodiscard]] Result<Digest> digest_before(std::uint64_t offset) const;
  // The digest of all that came.
  [[nodiscard]] Digest digest() const { return whole_.digest(); }
  // What is kept from `offset` on, to the end of its block; empty at end(). `offset` is from start() to end(). Valid
  // until the buffer changes.
  [[nodiscard]] ByteView piece_at(std::uint64_t offset) const;

 private:
  struct Block {
    std::uint64_t offset = 0;
    Sha256 before;  // of the stream up to this block
    Bytes bytes;
  };
  [[nodiscard]] const Block* block_at(std::uint64_t offset) const;

  std::size_t limit_;
  std::size_t kept_ = 0;
  std::deque<Block> blocks_;
  Sha256 whole_;
};

}  // namespace ndisk::client
