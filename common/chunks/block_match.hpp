// What two contents have in common at a glance: blocks of one size, compared at the places that they have counted from
// the beginning and from the end, and wherever else a whole block of the new content stands. Most files that grow,
// shrink in one place or are edited where they are have nearly all of their content in such blocks, which cost a
// fraction of what chunks cost; chunks are cut of what is left. Pure.
#pragma once

#include <span>
#include <vector>

#include "common/chunks/copy_plan.hpp"

namespace ndisk::chunks {

// The same bytes in both contents.
struct Match {
  std::uint64_t wanted = 0;  // offset in the new content
  std::uint64_t old = 0;     // and in the old one
  std::uint64_t length = 0;

  friend bool operator==(const Match&, const Match&) = default;
};

// Blocks that follow each other, from `offset` on.
struct Blocks {
  std::uint64_t offset = 0;
  std::span<const Chunk> blocks{};
};

// The equal ones among those of the same index, which are of one size but for the last. In order; as few as can be.
[[nodiscard]] std::vector<Match> match_blocks(const Blocks& wanted, const Blocks& old);

// Each block of `wanted` that stands anywhere among those of `old`.
[[nodiscard]] std::vector<Match> find_blocks(const Blocks& wanted, const Blocks& old);

// All of `first`, and of `second` what lies in between. Both, and the result, in the order of the new content.
[[nodiscard]] std::vector<Match> merge_matches(std::span<const Match> first, std::span<const Match> second);

// How many bytes.
[[nodiscard]] std::uint64_t length_of(std::span<const Match> matches);

// What of a content of `size` bytes is in no match. In order, none empty.
[[nodiscard]] std::vector<Range> unmatched_wanted(std::span<const Match> matches, std::uint64_t size);
[[nodiscard]] std::vector<Range> unmatched_old(std::span<const Match> matches, std::uint64_t size);

// A plan for the whole new content, of `size` bytes: the matches, and what `old` has of the chunks of the parts in
// between, each of which was cut by itself.
[[nodiscard]] CopyPlan plan_between(std::span<const Match> matches, std::uint64_t size, const KnownChunks& old,
                                    std::span<const Chunk> chunks);

}  // namespace ndisk::chunks
