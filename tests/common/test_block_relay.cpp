#include "common/block_relay.hpp"

#include <atomic>
#include <future>
#include <thread>

#include "tests/catch.hpp"

namespace ndisk {
namespace {

constexpr std::size_t kBlock = 1000;

Bytes pattern(std::size_t size) {
  Bytes bytes(size);
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::uint8_t>(i * 7 + i / 251);
  return bytes;
}

// Reads `content` in blocks.
struct Source {
  Bytes content;
  std::size_t at = 0;

  Result<void> read(DigestedBlock& block) {
    const auto part = ByteView(content).subspan(at, std::min(kBlock, content.size() - at));
    block.bytes.assign(part.begin(), part.end());
    block.all.add(part);
    at += part.size();
    return {};
  }
};

// Nothing of it is locked: it would be seen if two blocks were written at once.
struct Target {
  Bytes content;
  bool digests_fit = true;

  Result<void> write(const DigestedBlock& block) {
    content.insert(content.end(), block.bytes.begin(), block.bytes.end());
    digests_fit = digests_fit && block.all.digest() == sha256(content);
    return {};
  }
};

TEST_CASE("block relay: all blocks are written in order, each with the digest up to its end, by whomever") {
  const auto threads = GENERATE(0u, 1u, 3u);
  const auto size = GENERATE(0u, 1u, 999u, 1000u, 2001u, 200'500u);
  Beside beside(threads);
  Source source{pattern(size)};
  Target target;
  REQUIRE(relay_blocks(
      beside, [&](auto& block) { return source.read(block); }, [&](const auto& block) { return target.write(block); }));
  CHECK(target.content == source.content);
  CHECK(target.digests_fit);
}

// A block that is written elsewhere, for as long as the reader takes to come to its end, is what was read.
TEST_CASE("block relay: the last block stays what it is while it is written") {
  Beside beside(1);
  const auto reader = std::this_thread::get_id();
  for (bool was_elsewhere = false; !was_elsewhere;) {
    Source source{pattern(2 * kBlock)};
    Target target;
    std::promise<void> at_end;
    auto read = [&](DigestedBlock& block) {
      auto done = source.read(block);
      if (block.bytes.empty()) at_end.set_value();
      return done;
    };
    auto write = [&](const DigestedBlock& block) {
      const bool is_last = block.bytes.size() + target.content.size() == source.content.size();
      was_elsewhere = is_last && std::this_thread::get_id() != reader;
      if (was_elsewhere) at_end.get_future().wait();
      return target.write(block);
    };
    REQUIRE(relay_blocks(beside, read, write));
    CHECK(target.content == source.content);
  }
}

TEST_CASE("block relay: an error of writing ends it, and nothing more is written") {
  Beside beside(GENERATE(0u, 1u));
  Source source{pattern(100 * kBlock)};
  int written = 0;
  auto write = [&](const DigestedBlock&) -> Result<void> {
    return ++written < 3 ? Result<void>() : fail(ErrorCode::kNoSpace, "the disk is full");
  };
  const auto done = relay_blocks(
      beside, [&](auto& block) { return source.read(block); }, write);
  REQUIRE(!done);
  CHECK(done.error().code == ErrorCode::kNoSpace);
  CHECK(written == 3);
  CHECK(source.at <= 5 * kBlock);
}

TEST_CASE("block relay: what was read before an error of reading, or before memory was short, is written") {
  Beside beside(GENERATE(0u, 1u));
  const bool is_memory = GENERATE(false, true);
  Source source{pattern(100 * kBlock)};
  Target target;
  auto read = [&](DigestedBlock& block) -> Result<void> {
    if (source.at < 3 * kBlock) return source.read(block);
    if (is_memory) throw std::bad_alloc();
    return fail(ErrorCode::kIo, "can't be read");
  };
  const auto done = relay_blocks(beside, read, [&](const auto& block) { return target.write(block); });
  REQUIRE(!done);
  CHECK(done.error().code == (is_memory ? ErrorCode::kBusy : ErrorCode::kIo));
  CHECK(target.content == pattern(3 * kBlock));
}

TEST_CASE("block relay: no memory to write is told as that") {
  Beside beside(GENERATE(0u, 1u));
  Source source{pattern(3 * kBlock)};
  auto write = [](const DigestedBlock&) -> Result<void> { throw std::bad_alloc(); };
  const auto done = relay_blocks(
      beside, [&](auto& block) { return source.read(block); }, write);
  REQUIRE(!done);
  CHECK(done.error().code == ErrorCode::kBusy);
}

TEST_CASE("beside: who has no thread for it does both, one after the other") {
  Beside beside(0);
  std::string order;
  CHECK(beside.run([&] { return order += "here"; }, [&] { order += ", other"; }) == "here");
  CHECK(order == "here, other");
}

TEST_CASE("beside: a thread does the other meanwhile, and what it did is seen afterwards") {
  Beside beside(1);
  const auto caller = std::this_thread::get_id();
  for (bool was_elsewhere = false; !was_elsewhere;) {
    int done = 0;
    auto here = [] {
      std::this_thread::yield();
      return true;
    };
    auto other = [&] {
      was_elsewhere = std::this_thread::get_id() != caller;
      ++done;
    };
    CHECK(beside.run(here, other));
    CHECK(done == 1);
  }
}

TEST_CASE("beside: many callers at once each have theirs done once") {
  Beside beside(2);
  std::vector<std::jthread> callers;
  std::atomic<int> wrong = 0;
  for (int i = 0; i < 4; ++i) {
    callers.emplace_back([&] {
      for (int round = 0; round < 2000; ++round) {
        int done = 0;
        beside.run([] { return true; }, [&done] { ++done; });
        wrong += done != 1;
      }
    });
  }
  callers.clear();
  CHECK(wrong == 0);
}

}  // namespace
}  // namespace ndisk
