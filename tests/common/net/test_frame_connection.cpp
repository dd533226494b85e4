#include "common/net/frame_connection.hpp"

#include <unistd.h>

#include <algorithm>
#include <asio/steady_timer.hpp>
#include <asio/use_awaitable.hpp>

#include "common/net/bulk_frame.hpp"
#include "common/protocol/messages.hpp"
#include "tests/common/net/run_task.hpp"
#include "tests/common/net/socket_pair.hpp"

namespace ndisk::net {
namespace {

using protocol::FrameType;

wire::Ping ping_with(const std::string& payload) {
  wire::Ping ping;
  ping.set_payload(payload);
  return ping;
}

Task<> passes_frames(Executor executor) {
  ConnectionPair pair(executor);
  for (int i = 1; i <= 3; ++i) {
    const auto sent = co_await pair.here.send(FrameType::kPing, i, ping_with(std::to_string(i)));
    REQUIRE(sent.has_value());
  }
  for (std::uint32_t i = 1; i <= 3; ++i) {
    const auto frame = co_await pair.there.read_frame();
    REQUIRE(frame.has_value());
    CHECK(frame->header.stream == i);
    CHECK(protocol::parse_message<wire::Ping>(frame->payload)->payload() == std::to_string(i));
  }
  co_await pair.finish();
}

Task<> send_many(FrameConnection& connection, std::size_t frames, std::size_t& sent_frames) {
  for (std::uint64_t i = 0; i < frames; ++i) {
    DataFrame data(protocol::kMaxDataBytes);
    std::ranges::fill(data.content(), static_cast<std::uint8_t>(i));
    const auto sent =
        co_await connection.send(std::move(data).finish(1, i * protocol::kMaxDataBytes, protocol::kMaxDataBytes));
    if (!sent) co_return;
    ++sent_frames;
  }
}

Task<> both_ends_write_at_once(Executor executor) {
  constexpr std::size_t kFrames = 20;  // 5 MiB each way: more than the sockets hold
  ConnectionPair pair(executor);
  TaskGroup tasks(executor);
  std::size_t from_here = 0, from_there = 0;
  tasks.spawn(send_many(pair.here, kFrames, from_here));
  tasks.spawn(send_many(pair.there, kFrames, from_there));
  for (std::size_t i = 0; i < kFrames; ++i) {
    const auto there = co_await pair.there.read_frame();
    const auto here = co_await pair.here.read_frame();
    REQUIRE((there.has_value() && here.has_value()));
    CHECK(there->payload.back() == static_cast<std::uint8_t>(i));
  }
  co_await tasks.join();
  CHECK(from_here == kFrames);
  CHECK(from_there == kFrames);
  co_await pair.finish();
}

Task<> a_slow_reader_bounds_the_queue(Executor executor) {
  ConnectionPair pair(executor);
  TaskGroup tasks(executor);
  std::size_t sent = 0;
  tasks.spawn(send_many(pair.here, 1000, sent));
  for (std::size_t before = ~0ul; before != sent;) {
    before = sent;
    co_await settle(executor);
  }
  CHECK(sent < 20);
  co_await pair.finish();
  co_await tasks.join();
}

Task<> gives_frames_before_a_fault(Executor executor) {
  const auto descriptors = descriptor_pair();
  FrameConnection connection(Socket(executor, descriptors[0]), make_plain_transport(descriptors[0]));
  connection.start();
  auto bytes = encode_frame(FrameType::kPing, 1, wire::Ping());
  bytes.resize(bytes.size() + protocol::kFrameHeaderBytes, 0xFF);
  REQUIRE(::write(descriptors[1], bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()));
  const auto good = co_await connection.read_frame();
  CHECK(good.has_value());
  const auto bad = co_await connection.read_frame();
  REQUIRE_FALSE(bad.has_value());
  CHECK(bad.error().code == ErrorCode::kProtocol);
  co_await connection.finish();
  ::close(descriptors[1]);
}

Task<> silence_expires(Executor executor) {
  ConnectionPair pair(executor);
  pair.here.set_read_limit(std::chrono::milliseconds(5));
  const auto frame = co_await pair.here.read_frame();
  REQUIRE_FALSE(frame.has_value());
  CHECK(frame.error().code == ErrorCode::kDeadline);
  co_await pair.finish();
}

Task<> goodbye_comes_after_what_was_queued(Executor executor) {
  ConnectionPair pair(executor);
  for (int i = 0; i < 100; ++i) pair.here.post(FrameType::kPing, 1, ping_with("still to be written"));
  co_await pair.here.say_goodbye(std::chrono::seconds(30), std::chrono::seconds(30));
  for (int i = 0; i < 100; ++i) {
    const auto frame = co_await pair.there.read_frame();
    REQUIRE(frame.has_value());
  }
  const auto end = co_await pair.there.read_frame();
  REQUIRE_FALSE(end.has_value());
  CHECK(end.error().code == ErrorCode::kNetwork);
  co_await pair.finish();
}

// One that waits for room, and one that is posted after it.
Task<> nothing_follows_the_goodbye(Executor executor) {
  constexpr std::size_t kFrames = 1000;
  ConnectionPair pair(executor);
  TaskGroup tasks(executor);
  std::size_t sent = 0, received = 0;
  tasks.spawn(send_many(pair.here, kFrames, sent));
  co_await settle(executor);
  tasks.spawn(pair.here.say_goodbye(std::chrono::seconds(30), std::chrono::seconds(30)));
  co_await settle(executor);
  pair.here.post(FrameType::kPing, 1, ping_with("too late"));
  for (auto frame = co_await pair.there.read_frame(); frame; frame = co_await pair.there.read_frame()) {
    CHECK(frame->header.type == FrameType::kData);
    ++received;
  }
  co_await tasks.join();
  CHECK(sent < kFrames);
  CHECK(received == sent);
  co_await pair.finish();
}

Task<> take_now_and_then(FrameConnection& connection, std::size_t& taken) {
  asio::steady_timer pause(connection.executor());
  for (auto frame = co_await connection.read_frame(); frame; frame = co_await connection.read_frame()) {
    ++taken;
    pause.expires_after(std::chrono::milliseconds(20));
    co_await pause.async_wait(asio::use_awaitable);
  }
}

// 10 MiB, of which 5 go in 400 ms at most: it is long over before they are gone, though no wait is.
Task<> a_goodbye_is_not_drawn_out(Executor executor) {
  constexpr std::size_t kFrames = 40;
  ConnectionPair pair(executor);
  TaskGroup tasks(executor);
  std::size_t taken = 0;
  const Bytes content(protocol::kMaxDataBytes);
  for (std::size_t i = 0; i < kFrames; ++i) {
    pair.here.post_frames(DataFrame(content.size()).finish(1, 0, content.size()));
  }
  tasks.spawn(take_now_and_then(pair.there, taken));
  co_await pair.here.say_goodbye(std::chrono::seconds(30), std::chrono::milliseconds(400));
  CHECK(pair.here.has_failed());
  co_await tasks.join();
  CHECK(taken < kFrames);
  co_await pair.finish();
}

Task<> read_one(FrameConnection& connection, std::optional<Result<protocol::Frame>>& frame) {
  frame = co_await connection.read_frame();
}

Task<> stop_reading_leaves_writing(Executor executor) {
  ConnectionPair pair(executor);
  TaskGroup tasks(executor);
  std::optional<Result<protocol::Frame>> outcome;
  tasks.spawn(read_one(pair.here, outcome));
  co_await settle(executor);
  pair.here.stop_reading({ErrorCode::kShuttingDown, "enough", true});
  co_await tasks.join();
  CHECK(outcome->error().code == ErrorCode::kShuttingDown);
  const auto sent = co_await pair.here.send(FrameType::kPing, 1, wire::Ping());
  CHECK(sent.has_value());
  const auto frame = co_await pair.there.read_frame();
  CHECK(frame.has_value());
  co_await pair.finish();
}

// Of as many as wait for room after a few have gone.
constexpr std::uint32_t kSenders = 100;

Task<> send_one(FrameConnection& connection, std::uint32_t stream, std::vector<ErrorCode>& errors) {
  const auto sent =
      co_await connection.send(DataFrame(protocol::kMaxDataBytes).finish(stream, 0, protocol::kMaxDataBytes));
  if (!sent) errors.push_back(sent.error().code);
}

Task<> senders_go_in_order(Executor executor) {
  ConnectionPair pair(executor);
  TaskGroup tasks(executor);
  std::vector<ErrorCode> errors;
  for (std::uint32_t i = 1; i <= kSenders; ++i) tasks.spawn(send_one(pair.here, i, errors));
  for (std::uint32_t i = 1; i <= kSenders; ++i) {
    const auto frame = co_await pair.there.read_frame();
    REQUIRE(frame.has_value());
    CHECK(frame->header.stream == i);
  }
  co_await tasks.join();
  CHECK(errors.empty());
  co_await pair.finish();
}

Task<> every_sender_is_told_of_the_end(Executor executor) {
  ConnectionPair pair(executor);
  TaskGroup tasks(executor);
  std::vector<ErrorCode> errors;
  for (std::uint32_t i = 1; i <= kSenders; ++i) tasks.spawn(send_one(pair.here, i, errors));
  co_await settle(executor);
  CHECK(errors.empty());
  pair.here.abort({ErrorCode::kShuttingDown, "enough", true});
  co_await tasks.join();
  CHECK(errors.size() > kSenders / 2);
  CHECK(std::ranges::count(errors, ErrorCode::kShuttingDown) == std::ssize(errors));
  co_await pair.finish();
}

}  // namespace

TEST_CASE("frame connection: who waits to send goes in the order in which it came") { run_task(senders_go_in_order); }
TEST_CASE("frame connection: all who wait to send are told when it ends") { run_task(every_sender_is_told_of_the_end); }
TEST_CASE("frame connection: frames arrive whole and in order") { run_task(passes_frames); }
TEST_CASE("frame connection: both ends write more than the sockets hold, and neither blocks the other") {
  run_task(both_ends_write_at_once);
}
TEST_CASE("frame connection: a peer that does not read stops the sender, not our memory") {
  run_task(a_slow_reader_bounds_the_queue);
}
TEST_CASE("frame connection: frames before a broken one are given out, then the error") {
  run_task(gives_frames_before_a_fault);
}
TEST_CASE("frame connection: a silent peer ends in a deadline") { run_task(silence_expires); }
TEST_CASE("frame connection: goodbye comes after all that was queued") {
  run_task(goodbye_comes_after_what_was_queued);
}
TEST_CASE("frame connection: goodbye ends in its time, however little the peer takes at a time") {
  run_task(a_goodbye_is_not_drawn_out);
}
TEST_CASE("frame connection: nothing follows the goodbye, whoever waits to send it") {
  run_task(nothing_follows_the_goodbye);
}
TEST_CASE("frame connection: after stop_reading the writer goes on") { run_task(stop_reading_leaves_writing); }

}  // namespace ndisk::net
