// One stream's last frame, and what is left of it when there is no memory.
#include "server/stream.hpp"

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

Task<> progress_waits_for_room(Executor executor) {
  net::ConnectionPair pair(executor);
  Stream stream(executor, pair.here, 1);
  stream.progress = Stream::Reached{};
  for (int i = 0; i < 2; ++i) {
    pair.here.post_frames(net::DataFrame(protocol::kMaxDataBytes).finish(1, 0, protocol::kMaxDataBytes));
  }
  stream.report_progress();
  for (int i = 0; i < 2; ++i) {
    const auto data = co_await pair.there.read_frame();
    REQUIRE(data.has_value());
    CHECK(data->header.type == FrameType::kData);
  }
  stream.progress->received = 7;
  stream.report_progress();
  const auto frame = co_await pair.there.read_frame();
  REQUIRE(frame.has_value());
  REQUIRE(frame->header.type == FrameType::kProgress);
  CHECK(protocol::parse_message<wire::Progress>(frame->payload)->received() == 7);
  co_await pair.finish();
}

}  // namespace

TEST_CASE("stream: how far it is is told when the connection has room for it, and not before") {
  net::run_task(progress_waits_for_room);
}
TEST_CASE("stream: one that was answered stays so when there is no memory, and its session goes on") {
  net::run_task(an_answered_stream_needs_no_other_answer);
}
TEST_CASE("stream: where nobody knows whether its last frame was queued, the session ends") {
  net::run_task(a_last_frame_in_doubt_ends_the_connection);
}

}  // namespace ndisk::server
