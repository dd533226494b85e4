#include "common/chunks/chunker.hpp"

#include <algorithm>
#include <numeric>

#include "common/chunks/copy_plan.hpp"
#include "tests/catch.hpp"
#include "tests/common/chunks/noise.hpp"

namespace ndisk::chunks {
namespace {

constexpr unsigned kAverageLog2 = 14;

std::vector<Chunk> chunks_of(ByteView bytes, std::size_t piece = 1 << 20) {
  ChunkReader reader({.log2 = kAverageLog2});
  std::vector<Chunk> chunks;
  for (std::size_t at = 0; at < bytes.size(); at += piece) {
    reader.add(bytes.subspan(at, std::min(piece, bytes.size() - at)), chunks);
  }
  reader.finish(chunks);
  return chunks;
}

std::uint64_t length_of(const std::vector<Chunk>& chunks) {
  return std::accumulate(chunks.begin(), chunks.end(), std::uint64_t{0},
                         [](std::uint64_t sum, const Chunk& chunk) { return sum + chunk.length; });
}

CopyPlan plan_between(const Bytes& old, const Bytes& wanted) {
  KnownChunks known;
  known.add(std::vector<Range>{{0, old.size()}}, chunks_of(old));
  known.sort();
  PlanBuilder plan;
  plan.add(known, chunks_of(wanted));
  return plan.take();
}

// What a receiver makes of the plan that has the old content.
Bytes follow(const CopyPlan& plan, const Bytes& old, const Bytes& wanted) {
  Bytes made;
  for (const auto& piece : plan.pieces) {
    const auto& source = piece.old_offset ? old : wanted;
    const auto from = static_cast<std::ptrdiff_t>(piece.old_offset.value_or(made.size()));
    made.insert(made.end(), source.begin() + from, source.begin() + from + static_cast<std::ptrdiff_t>(piece.length));
  }
  return made;
}

}  // namespace

TEST_CASE("chunks: the cuts are where the document says, on every machine") {
  const auto chunks = chunks_of(noise(200'000));
  REQUIRE(chunks.size() == 10);
  CHECK(chunks[0] == Chunk{21474, 0x75EDE42578A631C6});
  CHECK(chunks[1] == Chunk{19817, 0xA0EA18C25A07C26B});
  CHECK(chunks[9] == Chunk{7343, 0xC0F08D506F2507E2});
}

TEST_CASE("chunks: pieces of any size give the same chunks") {
  const auto content = noise(300'000);
  const auto whole = chunks_of(content);
  for (const std::size_t piece : {1, 63, 4096, 100'000}) CHECK(chunks_of(content, piece) == whole);
}

TEST_CASE("chunks: all bytes are in one chunk each, of the lengths that there may be") {
  const auto chunks = chunks_of(noise(5'000'000));
  CHECK(length_of(chunks) == 5'000'000);
  for (std::size_t i = 0; i + 1 < chunks.size(); ++i) {
    CHECK(chunks[i].length > 1U << (kAverageLog2 - 2));
    CHECK(chunks[i].length <= 1U << (kAverageLog2 + 2));
  }
}

TEST_CASE("chunks: content without any change in it is cut at the greatest length") {
  const auto chunks = chunks_of(Bytes(200'000, 0));
  CHECK(chunks.size() == 4);
  CHECK(chunks.front().length == 1U << (kAverageLog2 + 2));
}

TEST_CASE("chunks: no content has no chunks") { CHECK(chunks_of({}).empty()); }

TEST_CASE("chunks: there are not more for a larger content") {
  for (std::uint64_t size = 1; size < std::uint64_t{1} << 40; size *= 3)
    CHECK(size >> chunks_for(size).log2 <= 3 << 16);
  CHECK(chunks_for(1 << 20).log2 == kSmallestAverageLog2);
  CHECK(chunks_for(UINT64_MAX).log2 == kLargestAverageLog2);
}

TEST_CASE("copy plan: the same content is one piece, and nothing is sent") {
  const auto content = noise(2'000'000);
  const auto plan = plan_between(content, content);
  CHECK(plan.pieces == std::vector<Piece>{{2'000'000, 0}});
  CHECK(plan.sent == 0);
}

TEST_CASE("copy plan: of another content all is sent") {
  const auto plan = plan_between(noise(500'000, 1), noise(700'000, 2));
  CHECK(plan.pieces == std::vector<Piece>{{700'000, std::nullopt}});
  CHECK(plan.copied == 0);
}

TEST_CASE("copy plan: what was inserted is sent, and little beside it") {
  const auto old = noise(4'000'000);
  auto wanted = old;
  const auto inserted = noise(100'000, 9);
  wanted.insert(wanted.begin() + 1'000'000, inserted.begin(), inserted.end());
  const auto plan = plan_between(old, wanted);
  CHECK(plan.sent < 100'000 + 5 * (1 << kAverageLog2));
  CHECK(follow(plan, old, wanted) == wanted);
}

TEST_CASE("copy plan: edits, removals and moved parts give the wanted content") {
  const auto old = noise(3'000'000);
  auto wanted = old;
  for (std::size_t at = 5000; at < wanted.size(); at += 400'000) std::fill_n(wanted.begin() + at, 700, std::uint8_t{7});
  wanted.erase(wanted.begin() + 1'500'000, wanted.begin() + 1'600'001);
  std::rotate(wanted.begin(), wanted.begin() + 800'000, wanted.end());
  const auto plan = plan_between(old, wanted);
  CHECK(plan.sent < wanted.size() / 4);
  CHECK(follow(plan, old, wanted) == wanted);
}

TEST_CASE("copy plan: repeated content is copied in as few pieces as it was in") {
  Bytes old(1'000'000, 0);
  const auto tail = noise(100'000);
  old.insert(old.end(), tail.begin(), tail.end());
  CHECK(plan_between(old, old).pieces.size() == 1);
}

TEST_CASE("copy plan: chunks of one hash and another length are not taken for each other") {
  KnownChunks known;
  known.add({100, 5}, 0);
  known.sort();
  CHECK(known.find({100, 5}, 0) == 0);
  CHECK(known.find({101, 5}, 0) == std::nullopt);
  CHECK(known.find({100, 6}, 0) == std::nullopt);
}

}  // namespace ndisk::chunks
