// Files as they leave the server: small ones in one frame, others with their content behind them.
#include "common/protocol/bulk.hpp"
#include "tests/server/session_fixture.hpp"

namespace ndisk::server {
namespace {

using net::Executor;
using net::Task;
using protocol::FrameType;

Bytes content_of(std::size_t size) {
  Bytes content(size);
  for (std::size_t i = 0; i < size; ++i) content[i] = static_cast<std::uint8_t>(i * 7 + i / 251);
  return content;
}

// Those that are read where they are looked up, and those that get a turn of their own.
Task<> small_files_come_in_one_frame(Executor executor) {
  for (const std::size_t size : {0, 1, 16 * 1024, 16 * 1024 + 1, 64 * 1024}) {
    SessionFixture fixture(executor);
    fixture.drive.held = content_of(size);
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
  fixture.drive.held = content_of(64 * 1024 + 1);
  co_await fixture.log_in();
  wire::Open open;
  open.set_path("a");
  fixture.send(FrameType::kOpen, 1, open);
  const auto info = co_await fixture.expect(FrameType::kFileInfo);
  CHECK(protocol::parse_message<wire::FileInfo>(info.payload)->size() == 64 * 1024 + 1);
  const auto data = co_await fixture.expect(FrameType::kData);
  CHECK(data.payload.size() == protocol::kDataHeaderBytes + 64 * 1024 + 1);
  const auto end = co_await fixture.expect(FrameType::kEnd);
  co_await fixture.finish();
}

Task<> small_content_that_can_not_be_read(Executor executor) {
  for (const std::size_t size : {1000, 40'000}) {
    SessionFixture fixture(executor);
    fixture.drive.held = content_of(size);
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

}  // namespace ndisk::server
