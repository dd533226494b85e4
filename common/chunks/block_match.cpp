#include "common/chunks/block_match.hpp"

#include <algorithm>

namespace ndisk::chunks {
namespace {

// What is in none of the parts, which may overlap.
std::vector<Range> rest_of(std::vector<Range> parts, std::uint64_t size) {
  std::ranges::sort(parts, {}, &Range::offset);
  std::vector<Range> rest;
  std::uint64_t end = 0;  // of what was looked at
  for (const auto& part : parts) {
    if (part.offset > end) rest.push_back({end, part.offset - end});
    end = std::max(end, part.offset + part.length);
  }
  if (end < size) rest.push_back({end, size - end});
  return rest;
}

void add(std::vector<Match>& matches, const Match& match) {
  auto* last = matches.empty() ? nullptr : &matches.back();
  const bool goes_on =
      last != nullptr && last->wanted + last->length == match.wanted && last->old + last->length == match.old;
  if (goes_on) {
    last->length += match.length;
  } else {
    matches.push_back(match);
  }
}

}  // namespace

std::vector<Match> match_blocks(const Blocks& wanted, const Blocks& old) {
  std::vector<Match> matches;
  std::uint64_t passed = 0;
  for (std::size_t i = 0; i < std::min(wanted.blocks.size(), old.blocks.size()); ++i) {
    const auto& block = wanted.blocks[i];
    if (block == old.blocks[i]) add(matches, {wanted.offset + passed, old.offset + passed, block.length});
    passed += block.length;
  }
  return matches;
}

std::vector<Match> find_blocks(const Blocks& wanted, const Blocks& old) {
  KnownChunks known;
  auto place = old.offset;
  for (const auto& block : old.blocks) {
    known.add(block, place);
    place += block.length;
  }
  known.sort();
  std::vector<Match> matches;
  auto at = wanted.offset;
  for (const auto& block : wanted.blocks) {
    const auto behind_last = matches.empty() ? 0 : matches.back().old + matches.back().length;
    if (const auto found = known.find(block, behind_last)) add(matches, {at, *found, block.length});
    at += block.length;
  }
  return matches;
}

std::vector<Match> merge_matches(std::span<const Match> first, std::span<const Match> second) {
  std::vector<Match> merged;
  auto next = second.begin();
  auto fill = [&](std::uint64_t begin, std::uint64_t end) {
    for (; next != second.end() && next->wanted < end; ++next) {
      const auto from = std::max(next->wanted, begin), to = std::min(next->wanted + next->length, end);
      if (from < to) merged.push_back({from, next->old + (from - next->wanted), to - from});
      if (next->wanted + next->length > end) return;  // it may go on behind
    }
  };
  std::uint64_t begin = 0;
  for (const auto& match : first) {
    fill(begin, match.wanted);
    merged.push_back(match);
    begin = match.wanted + match.length;
  }
  fill(begin, UINT64_MAX);
  return merged;
}

std::uint64_t length_of(std::span<const Match> matches) {
  std::uint64_t sum = 0;
  for (const auto& match : matches) sum += match.length;
  return sum;
}

std::vector<Range> unmatched_wanted(std::span<const Match> matches, std::uint64_t size) {
  std::vector<Range> parts;
  for (const auto& match : matches) parts.push_back({match.wanted, match.length});
  return rest_of(std::move(parts), size);
}

std::vector<Range> unmatched_old(std::span<const Match> matches, std::uint64_t size) {
  std::vector<Range> parts;
  for (const auto& match : matches) parts.push_back({match.old, match.length});
  return rest_of(std::move(parts), size);
}

CopyPlan plan_between(std::span<const Match> matches, std::uint64_t size, const KnownChunks& old,
                      std::span<const Chunk> chunks) {
  PlanBuilder plan;
  std::uint64_t at = 0;
  auto bridge = [&](std::uint64_t end) {
    std::size_t count = 0;
    for (auto from = at; count < chunks.size() && from + chunks[count].length <= end; ++count) {
      from += chunks[count].length;
    }
    plan.add(old, chunks.first(count));
    for (const auto& chunk : chunks.first(count)) at += chunk.length;
    chunks = chunks.subspan(count);
    if (at < end) plan.send(end - at);  // what was not cut
    at = end;
  };
  for (const auto& match : matches) {
    bridge(match.wanted);
    plan.copy(match.length, match.old);
    at = match.wanted + match.length;
  }
  bridge(size);
  return plan.take();
}

}  // namespace ndisk::chunks
