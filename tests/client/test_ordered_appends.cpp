#include "client/download/ordered_appends.hpp"

#include <semaphore>

#include "common/net/bulk_frame.hpp"
#include "common/protocol/frame.hpp"
#include "tests/catch.hpp"
#include "tests/common/net/run_task.hpp"

namespace ndisk::client {
namespace {

using net::Executor;
using net::Task;

// One Data frame of these bytes.
std::vector<protocol::Frame> batch(std::uint64_t offset, std::string_view content) {
  net::DataFrame data(content.size());
  std::ranges::copy(as_bytes(content), data.content().begin());
  const auto bytes = std::move(data).finish(1, offset, content.size());
  ByteView rest = bytes;
  std::vector<protocol::Frame> frames;
  frames.push_back(*protocol::FrameParser().next(rest).value());
  return frames;
}

struct Fixture {
  // Named, as g++ 12 destroys what is made within a co_await too early.
  Task<Result<void>> add(std::uint64_t offset, std::string_view bytes) {
    auto frames = batch(offset, bytes);
    auto added = co_await appends.add(std::move(frames));
    co_return added;
  }

  explicit Fixture(Executor executor)
      : appends(executor, pool, {10, 6}, append, [this](std::uint64_t bytes) { told += bytes; }) {}

  net::BlockingPool pool{4};
  std::string content;
  std::function<Result<void>()> at_append = [] { return Result<void>(); };
  Append append = [this](ByteView bytes) -> Result<void> {
    if (auto begun = at_append(); !begun) return begun;
    content += as_text(bytes);
    return {};
  };
  std::uint64_t told = 0;
  OrderedAppends appends;
};

Task<> batches_are_appended_in_order(Executor executor) {
  Fixture fixture(executor);
  const auto first = co_await fixture.add(10, "ab");
  REQUIRE(first);
  const auto second = co_await fixture.add(12, "cd");
  REQUIRE(second);
  const auto third = co_await fixture.add(14, "ef");
  REQUIRE(third);
  const auto finished = co_await fixture.appends.finish();
  REQUIRE(finished);
  CHECK(fixture.content == "abcdef");
  CHECK(fixture.told == 6);
  CHECK_FALSE(fixture.appends.is_busy());
}

Task<> the_first_error_ends_it(Executor executor) {
  Fixture fixture(executor);
  fixture.at_append = []() -> Result<void> { return fail(ErrorCode::kNoSpace, "full"); };
  const auto first = co_await fixture.add(10, "ab");
  REQUIRE(first);
  // Whether this one is taken depends on how far the first one is.
  [[maybe_unused]] const auto other = co_await fixture.add(12, "cd");
  const auto ended = co_await fixture.appends.finish();
  REQUIRE_FALSE(ended);
  CHECK(ended.error().code == ErrorCode::kNoSpace);
  fixture.at_append = [] { return Result<void>(); };
  const auto refused = co_await fixture.add(10, "ab");
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == ErrorCode::kNoSpace);
  CHECK(fixture.content.empty());
  CHECK(fixture.told == 0);
}

Task<> add_and_note(Fixture& fixture, std::uint64_t offset, std::string_view bytes, bool& is_added) {
  const auto added = co_await fixture.add(offset, bytes);
  is_added = added.has_value();
}

Task<> a_third_batch_waits(Executor executor) {
  Fixture fixture(executor);
  std::binary_semaphore go_on(0);
  fixture.at_append = [&] {
    if (fixture.content.empty()) go_on.acquire();
    return Result<void>();
  };
  const auto first = co_await fixture.add(10, "ab");
  REQUIRE(first);
  const auto second = co_await fixture.add(12, "cd");
  REQUIRE(second);
  bool added = false;
  net::TaskGroup tasks(executor);
  tasks.spawn(add_and_note(fixture, 14, "ef", added));
  co_await net::settle(executor);
  CHECK_FALSE(added);
  CHECK(fixture.appends.is_busy());
  go_on.release();
  co_await tasks.join();
  CHECK(added);
  const auto finished = co_await fixture.appends.finish();
  REQUIRE(finished);
  CHECK(fixture.content == "abcdef");
}

Task<> what_was_not_asked_for(Executor executor, std::uint64_t offset, std::string_view content) {
  Fixture fixture(executor);
  const auto taken = co_await fixture.add(offset, content);
  REQUIRE(taken);
  const auto ended = co_await fixture.appends.finish();
  REQUIRE_FALSE(ended);
  CHECK(ended.error().code == ErrorCode::kProtocol);
  CHECK(fixture.content.empty());
}

}  // namespace

TEST_CASE("download: batches are appended in the order in which they came") {
  net::run_task(batches_are_appended_in_order);
}
TEST_CASE("download: after a batch that can't be stored nothing is appended, and its error stays") {
  net::run_task(the_first_error_ends_it);
}
TEST_CASE("download: one batch is stored and one waits; a third is not taken") { net::run_task(a_third_batch_waits); }
TEST_CASE("download: content with a gap, or beyond what was asked for, breaks the protocol") {
  net::run_task([](Executor executor) { return what_was_not_asked_for(executor, 11, "b"); });
  net::run_task([](Executor executor) { return what_was_not_asked_for(executor, 10, "abcdefg"); });
}

}  // namespace ndisk::client
