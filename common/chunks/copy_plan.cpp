#include "common/chunks/copy_plan.hpp"

#include <algorithm>

namespace ndisk::chunks {

void KnownChunks::add(const Chunk& chunk) {
  places_.push_back({chunk.hash, chunk.length, size_});
  size_ += chunk.length;
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

CopyPlan plan_copy(const KnownChunks& old, const std::vector<Chunk>& wanted) {
  CopyPlan plan;
  std::uint64_t behind_last = 0;  // in the old content
  for (const auto& chunk : wanted) {
    const auto offset = old.find(chunk, behind_last);
    (offset ? plan.copied : plan.sent) += chunk.length;
    auto* last = plan.pieces.empty() ? nullptr : &plan.pieces.back();
    const bool goes_on =
        last != nullptr && last->old_offset.has_value() == offset.has_value() && (!offset || *offset == behind_last);
    if (goes_on) {
      last->length += chunk.length;
    } else {
      plan.pieces.push_back({chunk.length, offset});
    }
    if (offset) behind_last = *offset + chunk.length;
  }
  return plan;
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
