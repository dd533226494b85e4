#include "common/chunks/copy_plan.hpp"

#include <algorithm>

namespace ndisk::chunks {

void KnownChunks::add(const Chunk& chunk, std::uint64_t offset) {
  places_.push_back({chunk.hash, chunk.length, offset});
}

void KnownChunks::add(std::span<const Range> parts, std::span<const Chunk> chunks) {
  auto next = chunks.begin();
  for (const auto& part : parts) {
    for (auto offset = part.offset; offset < part.offset + part.length && next != chunks.end(); ++next) {
      add(*next, offset);
      offset += next->length;
    }
  }
}

void KnownChunks::sort() { std::ranges::sort(places_); }

std::optional<std::uint64_t> KnownChunks::find(const Chunk& chunk, std::uint64_t preferred) const {
  auto found = std::ranges::lower_bound(places_, Place{chunk.hash, chunk.length, preferred});
  const auto is_it = [&] {
    return found != places_.end() && found->hash == chunk.hash && found->length == chunk.length;
  };
  if (is_it() && found->offset == preferred) return preferred;
  found = std::ranges::lower_bound(places_, Place{chunk.hash, chunk.length, 0});
  if (is_it()) return found->offset;
  return std::nullopt;
}

void PlanBuilder::copy(std::uint64_t length, std::uint64_t old_offset) {
  auto* last = plan_.pieces.empty() ? nullptr : &plan_.pieces.back();
  if (last != nullptr && last->old_offset && old_offset == behind_last_) {
    last->length += length;
  } else {
    plan_.pieces.push_back({length, old_offset});
  }
  plan_.copied += length;
  behind_last_ = old_offset + length;
}

void PlanBuilder::send(std::uint64_t length) {
  if (plan_.pieces.empty() || plan_.pieces.back().old_offset) plan_.pieces.push_back({0, std::nullopt});
  plan_.pieces.back().length += length;
  plan_.sent += length;
}

void PlanBuilder::add(const KnownChunks& old, std::span<const Chunk> wanted) {
  for (const auto& chunk : wanted) {
    if (const auto offset = old.find(chunk, behind_last_)) {
      copy(chunk.length, *offset);
    } else {
      send(chunk.length);
    }
  }
}

bool is_all_of(const CopyPlan& plan, std::uint64_t size) {
  return plan.pieces.size() == 1 && plan.pieces.front() == Piece{size, 0};
}

Piece PlanWalk::at(std::uint64_t offset) {
  while (index_ < plan_.pieces.size() && offset - begin_ >= plan_.pieces[index_].length) {
    begin_ += plan_.pieces[index_].length;
    ++index_;
  }
  const auto rest = size_ - offset;
  if (index_ == plan_.pieces.size()) return {rest, std::nullopt};
  const auto& piece = plan_.pieces[index_];
  const auto passed = offset - begin_;
  Piece left{std::min(piece.length - passed, rest), std::nullopt};
  if (piece.old_offset) left.old_offset = *piece.old_offset + passed;
  return left;
}

}  // namespace ndisk::chunks
