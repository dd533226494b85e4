// Files as they leave the server: small ones in one frame, others with their content behind them.
#include "common/protocol/bulk.hpp"
#include "tests/server/session_fixture.hpp"

namespace ndisk::server {
namespace {

using net::Executor;
using net::Task;
using protocol::FrameType;

// Those that are read where they are looked up, and those that get a turn of their own.
Task<> small_files_come_in_one_frame(Executor executor) {
  for (const std::size_t size : {0, 1, 16 * 1024, 16 * 1024 + 1, 192 * 1024}) {
    SessionFixture fixture(executor);
    fixture.drive.held = some_content(size);
    co_await fixture.log_in();
    wire::Open open;
    open.set_path("a");
    fixture.send(FrameType::kOpen, 1, open);
    const auto frame = co_await fixture.expect(FrameType::kSmallFile);
    const auto view = protocol::parse_small(frame.payload);
    REQUIRE(view);
    CHECK(Bytes(view->content.begin(), view->content.end()) == *fixture.drive.held);
    CHECK(protocol::parse_message<wire::FileInfo>(view->message)->size() == size);
    co_await fixture.finish();
  }
}

Task<> larger_files_follow_what_is_said_of_them(Executor executor) {
  SessionFixture fixture(executor);
  fixture.drive.held = some_content(192 * 1024 + 1);
  co_await fixture.log_in();
  wire::Open open;
  open.set_path("a");
  fixture.send(FrameType::kOpen, 1, open);
  const auto info = co_await fixture.expect(FrameType::kFileInfo);
  CHECK(protocol::parse_message<wire::FileInfo>(info.payload)->size() == 192 * 1024 + 1);
  const auto data = co_await fixture.expect(FrameType::kData);
  CHECK(data.payload.size() == protocol::kDataHeaderBytes + 192 * 1024 + 1);
  const auto end = co_await fixture.expect(FrameType::kEnd);
  co_await fixture.finish();
}

Task<> small_content_that_can_not_be_read(Executor executor) {
  for (const std::size_t size : {1000, 40'000}) {
    SessionFixture fixture(executor);
    fixture.drive.held = some_content(size);
    fixture.drive.readable = 0;
    fixture.drive.unread = ErrorCode::kIo;
    co_await fixture.log_in();
    wire::Open open;
    open.set_path("a");
    fixture.send(FrameType::kOpen, 1, open);
    const auto error = co_await fixture.expect_error(1);
    CHECK(error.code == ErrorCode::kIo);
    CHECK(fixture.drive.unreadable == std::vector<std::int64_t>{5});
    co_await fixture.finish();
  }
}

constexpr int kMany = 100;  // their shares are more than the session's budget

// What answers it last: SmallFile, End or Error.
Task<FrameType> open_on(SessionFixture& fixture, protocol::StreamId stream) {
  wire::Open open;
  open.set_path("a");
  fixture.send(FrameType::kOpen, stream, open);
  for (;;) {
    const auto frame = co_await fixture.client.read_frame();
    REQUIRE(frame.has_value());
    REQUIRE(frame->header.stream == stream);
    if (frame->header.type == FrameType::kFileInfo || frame->header.type == FrameType::kData) continue;
    co_return frame->header.type;
  }
}

// Of a file that is read for long.
void ask_for(SessionFixture& fixture, FrameType type, protocol::StreamId stream) {
  wire::Open open;
  open.set_path("a");
  wire::Verify verify;
  verify.set_path("a");
  wire::GetChunks chunks;
  chunks.set_path("a");
  chunks.set_average_log2(16);
  if (type == FrameType::kOpen) fixture.send(type, stream, open);
  if (type == FrameType::kVerify) fixture.send(type, stream, verify);
  if (type == FrameType::kGetChunks) fixture.send(type, stream, chunks);
}

// Those that are sent have all turns of the session, as long as the client takes nothing.
Task<> cancelled_in_the_line(Executor executor, FrameType type) {
  const auto turns = static_cast<protocol::StreamId>(OpenFileLimits().turns_of_session);
  const protocol::StreamId cancelled = turns + 1;
  const protocol::StreamId last = turns + 2;
  SessionFixture fixture(executor);
  fixture.drive.held = some_content(4 << 20);
  co_await fixture.log_in();
  for (protocol::StreamId stream = 1; stream <= turns; ++stream) ask_for(fixture, FrameType::kOpen, stream);
  ask_for(fixture, type, cancelled);
  ask_for(fixture, FrameType::kOpen, last);
  fixture.send(FrameType::kCancel, cancelled, wire::Cancel());
  bool is_answered = false;
  for (protocol::StreamId ended = 0; ended < turns + 1;) {
    const auto frame = co_await fixture.client.read_frame();
    REQUIRE(frame.has_value());
    if (frame->header.stream == cancelled && frame->header.type != FrameType::kProgress) {
      CHECK(frame->header.type == FrameType::kError);
      is_answered = true;
    }
    if (frame->header.type != FrameType::kEnd) continue;
    CHECK(is_answered);
    ++ended;
  }
  co_await fixture.finish();
}

struct Opened {
  std::optional<Bytes> held;
  std::size_t readable = SIZE_MAX;
  FrameType answer;
};

Task<> what_was_opened_before_takes_nothing_of_the_budget(Executor executor, std::vector<Opened> before) {
  SessionFixture fixture(executor);
  co_await fixture.log_in();
  before.push_back({.held = some_content(1000), .answer = FrameType::kSmallFile});
  before.push_back({.held = some_content(40'000), .answer = FrameType::kSmallFile});
  protocol::StreamId stream = 0;
  for (const auto& opened : before) {
    fixture.drive.held = opened.held;
    fixture.drive.readable = opened.readable;
    for (int i = 0; i < kMany; ++i) {
      const auto answer = co_await open_on(fixture, ++stream);
      REQUIRE(protocol::frame_type_name(answer) == protocol::frame_type_name(opened.answer));
    }
  }
  fixture.drive.held = some_content(2 << 20);
  const auto answer = co_await open_on(fixture, ++stream);
  CHECK(protocol::frame_type_name(answer) == protocol::frame_type_name(FrameType::kEnd));
  co_await fixture.finish();
}

}  // namespace

TEST_CASE("download: a small file comes in one frame, whatever its size") {
  net::run_task(small_files_come_in_one_frame);
}

TEST_CASE("download: a larger file follows what is said of it") {
  net::run_task(larger_files_follow_what_is_said_of_them);
}

TEST_CASE("download: small content that can't be read is an error, and the drive hears of it") {
  net::run_task(small_content_that_can_not_be_read);
}

TEST_CASE("download, proof, chunks: one that is cancelled in the line is answered before a turn is free") {
  const auto type = GENERATE(FrameType::kOpen, FrameType::kVerify, FrameType::kGetChunks);
  net::run_task([type](Executor executor) { return cancelled_in_the_line(executor, type); });
}

TEST_CASE("download: a session whose files could not be opened or read gets all others") {
  std::vector<Opened> failed;
  SECTION("not found") { failed.push_back({.answer = FrameType::kError}); }
  SECTION("small, unreadable") {
    failed.push_back({.held = some_content(1000), .readable = 0, .answer = FrameType::kError});
    failed.push_back({.held = some_content(40'000), .readable = 0, .answer = FrameType::kError});
  }
  SECTION("large, unreadable from the beginning, and in the middle") {
    failed.push_back({.held = some_content(300'000), .readable = 0, .answer = FrameType::kError});
    failed.push_back({.held = some_content(300'000), .readable = 280'000, .answer = FrameType::kError});
  }
  net::run_task(
      [&](Executor executor) { return what_was_opened_before_takes_nothing_of_the_budget(executor, failed); });
}

}  // namespace ndisk::server
