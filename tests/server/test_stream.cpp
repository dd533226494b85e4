// One stream's last frame, and what is left of it when there is no memory.
#include "server/stream.hpp"

#include <string>

#include "common/net/bulk_frame.hpp"
#include "tests/catch.hpp"
#include "tests/common/net/run_task.hpp"
#include "tests/common/net/socket_pair.hpp"

namespace ndisk::server {
namespace {

using net::Executor;
using net::Task;
using protocol::FrameType;

struct StreamFixture {
  explicit StreamFixture(const Executor& executor)
      : descriptors(net::descriptor_pair()),
        peer(executor, descriptors[0]),
        connection(net::Socket(executor, descriptors[1]), net::make_plain_transport(descriptors[1])),
        stream(executor, connection, 1) {
    connection.start();
  }

  std::array<int, 2> descriptors;
  net::Socket peer;
  net::FrameConnection connection;
  Stream stream;
};

Task<> an_answered_stream_needs_no_other_answer(Executor executor) {
  StreamFixture fixture(executor);
  fixture.stream.answer({ErrorCode::kNoSpace, "full", false});
  fixture.stream.answer_out_of_memory();
  CHECK_FALSE(fixture.connection.has_failed());
  co_await fixture.connection.finish();
}

// The frame is never queued: what was to do it is not begun.
Task<> a_last_frame_in_doubt_ends_the_connection(Executor executor) {
  StreamFixture fixture(executor);
  { const auto sending = fixture.stream.send(FrameType::kSmallFile, Bytes(100)); }
  fixture.stream.answer_out_of_memory();
  CHECK(fixture.connection.has_failed());
  co_await fixture.connection.finish();
}

constexpr int kMostDataBefore = 8;  // frames that come before what is told: more than fit the queue

// Of a stream that shows how far it is, while others keep the connection's queue full.
struct BusyConnection {
  explicit BusyConnection(const Executor& executor) : pair(executor), stream(executor, pair.here, 1) {
    stream.progress = Stream::Reached{};
  }

  void fill() {
    while (pair.here.has_room()) {
      pair.here.post_frames(net::DataFrame(protocol::kMaxDataBytes).finish(2, 0, protocol::kMaxDataBytes));
    }
  }
  void report(std::uint64_t received) {
    stream.progress->received = received;
    stream.report_progress();
  }
  // What was told up to now, one after the other. Ends the stream.
  Task<std::string> told() {
    stream.answer(FrameType::kPong, wire::Pong());
    std::string numbers;
    for (;;) {
      const auto frame = co_await pair.there.read_frame();
      REQUIRE(frame.has_value());
      if (frame->header.type == FrameType::kPong) co_return numbers;
      if (frame->header.type != FrameType::kProgress) continue;
      numbers += std::to_string(protocol::parse_message<wire::Progress>(frame->payload)->received()) + " ";
    }
  }

  net::ConnectionPair pair;
  Stream stream;
};

Task<> progress_without_room_is_told_once(Executor executor) {
  BusyConnection busy(executor);
  busy.fill();
  for (std::uint64_t i = 1; i < 1000; ++i) busy.report(i);
  const auto told = co_await busy.told();
  CHECK(told == "1 ");
  co_await busy.pair.finish();
}

Task<> progress_is_told_while_there_is_never_room(Executor executor) {
  BusyConnection busy(executor);
  std::string told;
  for (std::uint64_t i = 1; i <= 5; ++i) {
    busy.fill();
    busy.report(i);
    // Until it came there is no room: what was read is queued anew at once.
    for (int data = 0; data < kMostDataBefore; ++data) {
      const auto frame = co_await busy.pair.there.read_frame();
      REQUIRE(frame.has_value());
      busy.fill();
      if (frame->header.type != FrameType::kProgress) continue;
      told += std::to_string(protocol::parse_message<wire::Progress>(frame->payload)->received()) + " ";
      break;
    }
  }
  CHECK(told == "1 2 3 4 5 ");
  co_await busy.pair.finish();
}

Task<> progress_with_room_is_told_each_time(Executor executor) {
  BusyConnection busy(executor);
  for (std::uint64_t i = 1; i <= 5; ++i) busy.report(i);
  const auto told = co_await busy.told();
  CHECK(told == "1 2 3 4 5 ");
  co_await busy.pair.finish();
}

}  // namespace

TEST_CASE("stream: how far it is is told each time while the connection has room for it") {
  net::run_task(progress_with_room_is_told_each_time);
}
TEST_CASE("stream: how far it is is told while downloads leave the connection no room") {
  net::run_task(progress_is_told_while_there_is_never_room);
}
TEST_CASE("stream: of how far it is no more than one word waits where the connection has no room") {
  net::run_task(progress_without_room_is_told_once);
}
TEST_CASE("stream: one that was answered stays so when there is no memory, and its session goes on") {
  net::run_task(an_answered_stream_needs_no_other_answer);
}
TEST_CASE("stream: where nobody knows whether its last frame was queued, the session ends") {
  net::run_task(a_last_frame_in_doubt_ends_the_connection);
}

}  // namespace ndisk::server
