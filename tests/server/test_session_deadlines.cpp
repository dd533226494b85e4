// What a session does about a peer that says nothing or takes nothing, with limits short enough to wait for.
#include <asio/steady_timer.hpp>

#include "common/net/bulk_frame.hpp"
#include "tests/server/session_fixture.hpp"

namespace ndisk::server {
namespace {

using net::Executor;
using net::Task;
using protocol::FrameType;

constexpr auto kShort = std::chrono::milliseconds(500);
constexpr auto kLong = std::chrono::milliseconds(2000);
// How long a test waits for the end of a session that should have come after kShort.
constexpr auto kPatience = std::chrono::seconds(20);

struct Limits {
  net::Duration idle = std::chrono::minutes(5);
  net::Duration busy_silence = std::chrono::minutes(5);
};

struct Deadlines : SessionFixture {
  Deadlines(Executor own, Limits limits) : SessionFixture(own) {
    services.limits.idle = limits.idle;
    services.limits.busy_silence = limits.busy_silence;
    services.limits.farewell = kShort;
    client.set_read_limit(kPatience);
  }

  // On expiry there is not another frame (docs/protocol.md, "Deadlines").
  Task<> expect_closed() {
    const auto frame = co_await client.read_frame();
    REQUIRE_FALSE(frame.has_value());
    CHECK(frame.error().code == ErrorCode::kNetwork);  // not kDeadline: the test's own patience
  }

  Task<> ping() {
    send(FrameType::kPing, 0, wire::Ping());
    const auto pong = co_await expect(FrameType::kPong);
  }
};

Task<> pass(net::Duration time) {
  asio::steady_timer timer(co_await asio::this_coro::executor, time);
  co_await timer.async_wait(asio::use_awaitable);
}

Task<> an_idle_session_is_ended(Executor executor) {
  Deadlines fixture(executor, {.idle = kShort});
  co_await fixture.log_in();
  co_await fixture.expect_closed();
  co_await fixture.finish();
}

Task<> is_idle_when_its_last_stream_has_ended(Executor executor) {
  Deadlines fixture(executor, {.idle = kShort});
  co_await fixture.begin_upload();
  fixture.send(FrameType::kCancel, 1, wire::Cancel());
  const auto cancelled = co_await fixture.expect_error(1);
  co_await fixture.expect_closed();
  co_await fixture.finish();
}

Task<> is_not_idle_while_a_stream_is_open(Executor executor) {
  Deadlines fixture(executor, {.idle = kShort});
  co_await fixture.begin_upload();
  co_await pass(5 * kShort);
  co_await fixture.ping();
  co_await fixture.finish();
}

Task<> silence_ends_what_is_under_way(Executor executor) {
  Deadlines fixture(executor, {.busy_silence = kShort});
  co_await fixture.begin_upload();
  fixture.client.post_frames(net::DataFrame(1000).finish(1, 0, 1000));
  co_await fixture.expect_closed();
  co_await fixture.finish();
  CHECK(fixture.drive.log.uploaded_bytes == 1000);
  CHECK(fixture.drive.log.paused_uploads == 1);
}

// The download stands as soon as the sockets are full, and the session reads nothing more.
Task<> a_peer_that_takes_nothing_is_cut_off(Executor executor) {
  Deadlines fixture(executor, {.busy_silence = kShort});
  fixture.drive.held = Bytes(16 << 20);
  co_await fixture.log_in();
  wire::Open open;
  open.set_path("big");
  fixture.send(FrameType::kOpen, 1, open);
  const auto until = std::chrono::steady_clock::now() + kPatience;
  while (fixture.services.sessions.size() > 0 && std::chrono::steady_clock::now() < until) {
    co_await net::settle(executor);
    fixture.send(FrameType::kPing, 0, wire::Ping());
  }
  CHECK(fixture.drive.log.opened_files == 1);
  CHECK(fixture.services.sessions.size() == 0);
  co_await fixture.finish();
}

Task<> one_that_goes_on_stays(Executor executor) {
  Deadlines fixture(executor, {.busy_silence = kLong});
  co_await fixture.begin_upload();
  std::uint64_t offset = 0;
  const auto until = std::chrono::steady_clock::now() + kLong + kLong / 4;
  while (std::chrono::steady_clock::now() < until) {
    fixture.client.post_frames(net::DataFrame(100).finish(1, offset, 100));
    offset += 100;
    co_await fixture.ping();
    co_await pass(kLong / 100);
  }
  wire::Commit commit;
  commit.set_size(offset);
  commit.set_sha256(std::string(32, 'd'));
  fixture.send(FrameType::kCommit, 1, commit);
  for (;;) {
    const auto frame = co_await fixture.client.read_frame();
    REQUIRE(frame.has_value());
    if (frame->header.type == FrameType::kCommitted) break;
  }
  CHECK(fixture.drive.log.uploaded_bytes == offset);
  co_await fixture.finish();
}

}  // namespace

TEST_CASE("session deadlines: one without a stream ends after the idle limit") {
  net::run_task(an_idle_session_is_ended);
}
TEST_CASE("session deadlines: one is idle again when its last stream has ended") {
  net::run_task(is_idle_when_its_last_stream_has_ended);
}
TEST_CASE("session deadlines: one with an open stream is not idle") {
  net::run_task(is_not_idle_while_a_stream_is_open);
}
TEST_CASE("session deadlines: a peer that falls silent in an upload is cut off, and the upload paused") {
  net::run_task(silence_ends_what_is_under_way);
}
TEST_CASE("session deadlines: a peer that takes nothing of a download is cut off, however much it sends") {
  net::run_task(a_peer_that_takes_nothing_is_cut_off);
}
TEST_CASE("session deadlines: an upload that goes on outlives every limit on silence") {
  net::run_task(one_that_goes_on_stays);
}

}  // namespace ndisk::server
