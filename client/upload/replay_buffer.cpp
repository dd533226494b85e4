#include "client/upload/replay_buffer.hpp"

#include <algorithm>

namespace ndisk::client {

void ReplayBuffer::add(Bytes block) {
  if (block.empty()) return;
  const auto before = whole_;
  whole_.add(block);
  kept_ += block.size();
  blocks_.push_back({before.size(), before, std::move(block)});
}

void ReplayBuffer::forget_before(std::uint64_t offset) {
  while (!blocks_.empty() && blocks_.front().offset + blocks_.front().bytes.size() <= offset) {
    kept_ -= blocks_.front().bytes.size();
    blocks_.pop_front();
  }
}

const ReplayBuffer::Block* ReplayBuffer::block_at(std::uint64_t offset) const {
  const auto after = std::ranges::upper_bound(blocks_, offset, {}, &Block::offset);
  if (after == blocks_.begin() || offset >= end()) return nullptr;
  return &*std::prev(after);
}

Result<Digest> ReplayBuffer::digest_before(std::uint64_t offset) const {
  if (offset == end()) return whole_.digest();
  const auto* block = block_at(offset);
  if (block == nullptr) {
    return fail(ErrorCode::kNetwork, "the server goes on at byte " + std::to_string(offset) +
                                         " of standard input, of which only the bytes " + std::to_string(start()) +
                                         " to " + std::to_string(end()) +
                                         " are still here; run the whole pipeline again");
  }
  auto digest = block->before;
  digest.add(ByteView(block->bytes).first(static_cast<std::size_t>(offset - block->offset)));
  return digest.digest();
}

ByteView ReplayBuffer::piece_at(std::uint64_t offset) const {
  const auto* block = block_at(offset);
  if (block == nullptr) return {};
  return ByteView(block->bytes).subspan(static_cast<std::size_t>(offset - block->offset));
}

}  // namespace ndisk::client
