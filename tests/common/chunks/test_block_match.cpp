// What two contents have in common at the same places, and a plan of that and of chunks.
#include "common/chunks/block_match.hpp"

#include <algorithm>

#include "tests/catch.hpp"
#include "tests/common/chunks/noise.hpp"

namespace ndisk::chunks {
namespace {

// Blocks of 10 bytes; the hash of each is a letter.
std::vector<Chunk> blocks(std::string_view letters, std::uint32_t last = 10) {
  std::vector<Chunk> list;
  for (const auto letter : letters) list.push_back({10, static_cast<std::uint64_t>(letter)});
  if (!list.empty()) list.back().length = last;
  return list;
}

std::vector<Match> matches(std::string_view wanted, std::string_view old, std::uint64_t from = 0,
                           std::uint64_t old_from = 0) {
  const auto one = blocks(wanted), other = blocks(old);
  return match_blocks({from, one}, {old_from, other});
}

std::vector<Chunk> cut(ByteView bytes, Cut how) {
  ChunkReader reader(how);
  std::vector<Chunk> chunks;
  reader.add(bytes, chunks);
  reader.finish(chunks);
  return chunks;
}

}  // namespace

TEST_CASE("blocks: a content is cut every 2^log2 bytes, whatever it says, and pieces of any size give the same") {
  const auto content = noise(100'000);
  const Cut how{.log2 = 13, .fixed = true};
  const auto whole = cut(content, how);
  REQUIRE(whole.size() == 13);
  CHECK(std::ranges::count(whole, 8192u, &Chunk::length) == 12);
  CHECK(whole.back().length == 100'000 - 12 * 8192);
  ChunkReader reader(how);
  std::vector<Chunk> in_pieces;
  for (std::size_t at = 0; at < content.size(); at += 77) {
    reader.add(ByteView(content).subspan(at, std::min<std::size_t>(77, content.size() - at)), in_pieces);
  }
  reader.finish(in_pieces);
  CHECK(in_pieces == whole);
}

TEST_CASE("chunks: what is cut after the end of another content is cut as if it stood alone") {
  const auto first = noise(30'000, 1), second = noise(50'000, 2);
  ChunkReader reader({.log2 = 13});
  std::vector<Chunk> chunks;
  reader.add(first, chunks);
  reader.finish(chunks);
  const auto count = static_cast<std::ptrdiff_t>(chunks.size());
  reader.add(second, chunks);
  reader.finish(chunks);
  CHECK(std::vector(chunks.begin() + count, chunks.end()) == cut(second, {.log2 = 13}));
}

TEST_CASE("blocks: there are not more for a larger content, up to 16 TiB") {
  for (std::uint64_t size = 1; size <= std::uint64_t{1} << 44; size *= 2) {
    CHECK(size >> blocks_for(size).log2 <= 1 << 14);
    CHECK(blocks_for(size).fixed);
  }
  CHECK(blocks_for(UINT64_MAX).log2 == kLargestBlockLog2);
}

TEST_CASE("block match: equal blocks of one index, those that follow each other as one") {
  CHECK(matches("abcd", "abxd") == std::vector<Match>{{0, 0, 20}, {30, 30, 10}});
  CHECK(matches("abcd", "bcda").empty());
  CHECK(matches("abc", "abcdef") == std::vector<Match>{{0, 0, 30}});
  CHECK(matches("bc", "bc", 7, 107) == std::vector<Match>{{7, 107, 20}});
  CHECK(matches("", "ab").empty());
}

TEST_CASE("block match: a last block that is shorter is no match for a longer one") {
  const auto one = blocks("ab", 5), other = blocks("ab");
  CHECK(match_blocks({0, one}, {0, other}) == std::vector<Match>{{0, 0, 10}});
  CHECK(match_blocks({0, one}, {0, one}) == std::vector<Match>{{0, 0, 15}});
}

TEST_CASE("block match: a block of the new content is found wherever it stands in the old one, and followed there") {
  const auto one = blocks("xaabcz"), other = blocks("zabca");
  CHECK(find_blocks({0, one}, {0, other}) == std::vector<Match>{{10, 10, 10}, {20, 10, 30}, {50, 0, 10}});
  CHECK(find_blocks({0, one}, {0, {}}).empty());
}

TEST_CASE("block match: the second alignment gives what lies between the matches of the first") {
  const std::vector<Match> first{{10, 10, 20}, {50, 50, 10}}, second{{0, 100, 15}, {25, 125, 30}, {58, 158, 10}};
  CHECK(merge_matches(first, second) ==
        std::vector<Match>{{0, 100, 10}, {10, 10, 20}, {30, 130, 20}, {50, 50, 10}, {60, 160, 8}});
  CHECK(merge_matches({}, second) == second);
  CHECK(merge_matches(first, {}) == first);
}

TEST_CASE("block match: one match of the second alignment fills all the gaps that it spans") {
  const std::vector<Match> first{{10, 10, 10}, {30, 30, 10}}, second{{0, 200, 50}};
  CHECK(merge_matches(first, second) ==
        std::vector<Match>{{0, 200, 10}, {10, 10, 10}, {20, 220, 10}, {30, 30, 10}, {40, 240, 10}});
}

TEST_CASE("block match: what no match covers is left to be compared, at both ends") {
  const std::vector<Match> found{{10, 60, 20}, {40, 50, 20}};
  CHECK(unmatched_wanted(found, 70) == std::vector<Range>{{0, 10}, {30, 10}, {60, 10}});
  CHECK(unmatched_old(found, 100) == std::vector<Range>{{0, 50}, {80, 20}});
  CHECK(unmatched_old({}, 0).empty());
  CHECK(length_of(found) == 40);
}

TEST_CASE("plan of blocks and chunks: the parts in between are sent but for the chunks that the old content has") {
  const std::vector<Match> found{{100, 0, 50}};
  KnownChunks known;
  known.add(std::vector<Range>{{50, 30}, {200, 40}}, std::vector<Chunk>{{30, 1}, {40, 2}});
  known.sort();
  const std::vector<Chunk> chunks{{60, 9}, {40, 2}, {30, 1}, {20, 8}};
  const auto plan = plan_between(found, 200, known, chunks);
  CHECK(plan.pieces == std::vector<Piece>{{60, std::nullopt}, {40, 200}, {80, 0}, {20, std::nullopt}});
  CHECK(plan.copied == 120);
  CHECK(plan.sent == 80);
}

TEST_CASE("plan of blocks and chunks: what was not cut is sent") {
  const std::vector<Match> found{{10, 10, 10}};
  const auto plan = plan_between(found, 40, {}, std::vector<Chunk>{{10, 1}});
  CHECK(plan.pieces == std::vector<Piece>{{10, std::nullopt}, {10, 10}, {20, std::nullopt}});
}

}  // namespace ndisk::chunks
