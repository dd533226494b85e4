// Content by reference: chunks of a version, ranges that an upload takes from one, parts of a download.
#include "common/chunks/chunker.hpp"
#include "common/protocol/bulk.hpp"
#include "tests/server/session_fixture.hpp"

namespace ndisk::server {
namespace {

using net::Executor;
using net::Task;
using protocol::FrameType;

constexpr std::uint64_t kVersion = 21;  // of the fake drive's files

Bytes content_of(std::size_t size) {
  Bytes content(size);
  std::uint32_t state = 1;
  for (auto& byte : content) {
    state = state * 1664525 + 1013904223;
    byte = static_cast<std::uint8_t>(state >> 24);
  }
  return content;
}

wire::GetChunks chunks_request() {
  wire::GetChunks message;
  message.set_path("a");
  message.set_average_log2(chunks::kSmallestAverageLog2);
  return message;
}

wire::CopyRange range(std::uint64_t offset, std::uint64_t version_offset, std::uint64_t length,
                      std::uint64_t version = kVersion) {
  wire::CopyRange message;
  message.set_offset(offset);
  message.set_version(version);
  message.set_version_offset(version_offset);
  message.set_length(length);
  return message;
}

Task<> all_chunks_come(Executor executor) {
  SessionFixture fixture(executor);
  fixture.drive.held = content_of(1'500'000);  // more than is cut in one turn
  co_await fixture.log_in();
  fixture.send(FrameType::kGetChunks, 1, chunks_request());
  const auto info = co_await fixture.expect(FrameType::kFileInfo);
  CHECK(protocol::parse_message<wire::FileInfo>(info.payload)->size() == 1'500'000);
  const auto frame = co_await fixture.expect(FrameType::kChunksPage);
  const auto end = co_await fixture.expect(FrameType::kEnd);
  const auto page = protocol::parse_message<wire::ChunksPage>(frame.payload).value();
  chunks::ChunkReader reader({.log2 = chunks::kSmallestAverageLog2});
  std::vector<chunks::Chunk> expected, found;
  reader.add(*fixture.drive.held, expected);
  reader.finish(expected);
  for (int i = 0; i < page.lengths_size(); ++i) found.push_back({page.lengths(i), page.hashes(i)});
  CHECK(found == expected);
  CHECK(fixture.drive.opened.path.bytes() == "a");
  co_await fixture.finish();
}

Task<> chunks_of_content_that_can_not_be_read(Executor executor) {
  SessionFixture fixture(executor);
  fixture.drive.held = content_of(1'500'000);
  fixture.drive.readable = 1'000'000;
  fixture.drive.unread = ErrorCode::kIo;
  co_await fixture.log_in();
  fixture.send(FrameType::kGetChunks, 1, chunks_request());
  const auto info = co_await fixture.expect(FrameType::kFileInfo);
  const auto error = co_await fixture.expect_error(1);
  CHECK(error.code == ErrorCode::kIo);
  CHECK(fixture.drive.unreadable == std::vector<std::int64_t>{5});
  co_await fixture.finish();
}

Task<> a_range_that_can_not_be_read(Executor executor) {
  SessionFixture fixture(executor);
  fixture.drive.held = content_of(1'500'000);
  fixture.drive.readable = 600'000;
  fixture.drive.unread = ErrorCode::kIo;
  co_await fixture.begin_upload();
  fixture.send(FrameType::kCopyRange, 1, range(0, 0, 500'000));
  fixture.send(FrameType::kCopyRange, 1, range(500'000, 600'000, 500'000));
  fixture.send(FrameType::kCopyRange, 1, range(1'000'000, 700'000, 500'000));
  const auto error = co_await fixture.expect_error(1);
  CHECK(error.code == ErrorCode::kIo);
  CHECK(fixture.drive.unreadable == std::vector<std::int64_t>{5});
  co_await fixture.finish();
  CHECK(fixture.drive.log.uploaded_bytes == 500'000);
  CHECK(fixture.drive.log.paused_uploads == 1);
}

Task<> a_range_that_can_not_be_read_in_its_middle(Executor executor) {
  SessionFixture fixture(executor);
  fixture.drive.held = content_of(1'500'000);
  fixture.drive.readable = 512 * 1024;
  fixture.drive.unread = ErrorCode::kIo;
  co_await fixture.begin_upload();
  fixture.send(FrameType::kCopyRange, 1, range(0, 0, 1'000'000));
  const auto error = co_await fixture.expect_error(1);
  CHECK(error.code == ErrorCode::kIo);
  CHECK(fixture.drive.unreadable == std::vector<std::int64_t>{5});
  co_await fixture.finish();
  CHECK(fixture.drive.log.uploaded_bytes == 512 * 1024);
  CHECK(fixture.drive.log.paused_uploads == 1);
}

// More than is copied in one turn, and no whole number of blocks.
Task<> a_large_range(Executor executor) {
  SessionFixture fixture(executor);
  fixture.drive.held = content_of(5'500'000);
  co_await fixture.begin_upload();
  fixture.send(FrameType::kCopyRange, 1, range(0, 123'456, 5'300'000));
  wire::Commit commit;
  commit.set_size(5'300'000);
  commit.set_sha256(std::string(32, 'd'));
  fixture.send(FrameType::kCommit, 1, commit);
  const auto committed = co_await fixture.expect(FrameType::kCommitted);
  CHECK(fixture.drive.log.uploaded_bytes == 5'300'000);
  co_await fixture.finish();
}

Task<> a_range_that_is_cut_short(Executor executor) {
  SessionFixture fixture(executor);
  fixture.drive.held = content_of(1'500'000);
  fixture.drive.readable = 600'000;
  co_await fixture.begin_upload();
  fixture.send(FrameType::kCopyRange, 1, range(0, 0, 1'000'000));
  const auto error = co_await fixture.expect_error(1);
  CHECK(error.code == ErrorCode::kIntegrity);
  CHECK(fixture.drive.unreadable.empty());
  co_await fixture.finish();
  CHECK(fixture.drive.log.uploaded_bytes == 512 * 1024);
}

Task<> a_version_is_opened_once(Executor executor) {
  SessionFixture fixture(executor);
  fixture.drive.held = content_of(300'000);
  co_await fixture.begin_upload();
  for (std::uint64_t i = 0; i < 10; ++i) fixture.send(FrameType::kCopyRange, 1, range(i * 100, i, 100));
  wire::Commit commit;
  commit.set_size(1000);
  commit.set_sha256(std::string(32, 'd'));
  fixture.send(FrameType::kCommit, 1, commit);
  const auto committed = co_await fixture.expect(FrameType::kCommitted);
  CHECK(fixture.drive.log.uploaded_bytes == 1000);
  CHECK(fixture.drive.log.opened_files == 1);
  CHECK(fixture.drive.opened.path.is_root());
  CHECK(fixture.drive.opened.version == kVersion);
  co_await fixture.finish();
}

Task<> what_can_not_be_fails_the_stream_only(Executor executor) {
  SessionFixture fixture(executor);
  fixture.drive.held = content_of(1000);
  co_await fixture.begin_upload();
  fixture.send(FrameType::kCopyRange, 1, range(0, 1, 1000));
  const auto error = co_await fixture.expect_error(1);
  CHECK(error.code == ErrorCode::kInvalid);
  CHECK(fixture.drive.log.abandoned_uploads == 1);
  fixture.send(FrameType::kCopyRange, 1, range(0, 0, 10));  // on its way when the stream ended
  fixture.send(FrameType::kPing, 0, wire::Ping());
  const auto pong = co_await fixture.expect(FrameType::kPong);
  CHECK(fixture.drive.log.uploaded_bytes == 0);
  co_await fixture.finish();
}

// The range is large enough for the Cancel to come in between.
Task<> cancel_ends_the_copying(Executor executor) {
  SessionFixture fixture(executor);
  fixture.drive.held = Bytes(64 << 20);
  co_await fixture.begin_upload();
  fixture.send(FrameType::kCopyRange, 1, range(0, 0, 1));
  fixture.send(FrameType::kCopyRange, 1, range(1, 0, 64 << 20));
  fixture.send(FrameType::kCopyRange, 1, range(1 + (64 << 20), 0, 64 << 20));
  fixture.send(FrameType::kCancel, 1, wire::Cancel());
  const auto error = co_await fixture.expect_error(1);
  CHECK(error.code == ErrorCode::kCancelled);
  CHECK(fixture.drive.log.paused_uploads + fixture.drive.log.abandoned_uploads == 1);
  co_await fixture.finish();
  CHECK(fixture.drive.log.uploaded_bytes <= 1 + (64 << 20));
}

Task<> a_lost_connection_ends_the_copying(Executor executor) {
  SessionFixture fixture(executor);
  fixture.drive.held = Bytes(64 << 20);
  co_await fixture.begin_upload();
  for (std::uint64_t i = 0; i < 100; ++i) fixture.send(FrameType::kCopyRange, 1, range(i << 26, 0, 64 << 20));
  co_await fixture.client.say_goodbye(std::chrono::seconds(10), std::chrono::seconds(10));
  co_await fixture.finish();
  // The one under way when it was lost, the two that waited, and the one that was on its way to them.
  CHECK(fixture.drive.log.uploaded_bytes <= std::uint64_t{4} << 26);
  CHECK(fixture.drive.log.paused_uploads + fixture.drive.log.abandoned_uploads == 1);
}

// The Ping behind the range is answered while that is copied.
Task<> a_range_takes_nothing_of_other_sessions(Executor executor) {
  SessionFixture fixture(executor);
  fixture.drive.held = Bytes(64 << 20);
  co_await fixture.begin_upload();
  fixture.send(FrameType::kCopyRange, 1, range(0, 0, 64 << 20));
  fixture.send(FrameType::kPing, 0, wire::Ping());
  const auto pong = co_await fixture.expect(FrameType::kPong);
  CHECK(fixture.bodies.shared.has_free((1 << 20) - 1024));
  co_await fixture.finish();
}

// Of four, the last can come in only when two are done: then the Ping behind it is read.
Task<> no_more_than_two_ranges_wait(Executor executor) {
  constexpr std::uint64_t kLength = 64 << 20;
  SessionFixture fixture(executor);
  fixture.drive.held = Bytes(kLength);
  co_await fixture.begin_upload();
  for (std::uint64_t i = 0; i < 4; ++i) fixture.send(FrameType::kCopyRange, 1, range(i * kLength, 0, kLength));
  fixture.send(FrameType::kPing, 0, wire::Ping());
  std::uint64_t copied = 0;
  for (;;) {
    const auto frame = co_await fixture.client.read_frame();
    REQUIRE(frame);
    if (frame->header.type == FrameType::kPong) break;
    REQUIRE(frame->header.type == FrameType::kProgress);
    copied = protocol::parse_message<wire::Progress>(frame->payload)->received();
  }
  CHECK(copied >= 2 * kLength);
  co_await fixture.finish();
}

Task<> a_part_that_can_not_be_read(Executor executor) {
  SessionFixture fixture(executor);
  fixture.drive.held = content_of(1'000'000);
  fixture.drive.readable = 500'000;
  fixture.drive.unread = ErrorCode::kIo;
  co_await fixture.log_in();
  wire::Open open;
  open.set_path("a");
  for (const std::uint64_t offset : {10, 600'000, 700'000}) {
    auto& part = *open.add_ranges();
    part.set_offset(offset);
    part.set_length(100);
  }
  fixture.send(FrameType::kOpen, 1, open);
  const auto info = co_await fixture.expect(FrameType::kFileInfo);
  CHECK(protocol::parse_message<wire::FileInfo>(info.payload)->offset() == 10);
  const auto frame = co_await fixture.expect(FrameType::kData);
  const auto data = protocol::parse_data(frame.payload).value();
  CHECK(data.offset == 10);
  CHECK(data.content.size() == 100);
  const auto error = co_await fixture.expect_error(1);
  CHECK(error.code == ErrorCode::kIo);
  CHECK(fixture.drive.unreadable == std::vector<std::int64_t>{5});
  co_await fixture.finish();
}

}  // namespace

TEST_CASE("chunks: all of a version come, as they are cut") { net::run_task(all_chunks_come); }
TEST_CASE("chunks: content that can't be read is IO, and noted in the drive once") {
  net::run_task(chunks_of_content_that_can_not_be_read);
}
TEST_CASE("copying a range: what can't be read is IO, noted in the drive once, and what came before stays") {
  net::run_task(a_range_that_can_not_be_read);
}
TEST_CASE(
    "copying a range: what can't be read in its middle is IO, noted in the drive once, and what came before stays") {
  net::run_task(a_range_that_can_not_be_read_in_its_middle);
}
TEST_CASE("copying a range: one of many blocks is copied to its last byte") { net::run_task(a_large_range); }
TEST_CASE("copying a range: content that is cut short is INTEGRITY, and no fault of the disk") {
  net::run_task(a_range_that_is_cut_short);
}
TEST_CASE("copying a range: one version is opened once for all its ranges") { net::run_task(a_version_is_opened_once); }
TEST_CASE("copying a range: one that can't be fails its stream only, which is told when the upload is gone") {
  net::run_task(what_can_not_be_fails_the_stream_only);
}
TEST_CASE("copying a range: Cancel ends it, and is answered when the upload rests") {
  net::run_task(cancel_ends_the_copying);
}
TEST_CASE("copying a range: a lost connection ends it, and nothing more is copied") {
  net::run_task(a_lost_connection_ends_the_copying);
}
TEST_CASE("copying a range: other sessions of the thread have their memory meanwhile") {
  net::run_task(a_range_takes_nothing_of_other_sessions);
}
TEST_CASE("copying a range: the session reads no further while two wait, and tells how far it is") {
  net::run_task(no_more_than_two_ranges_wait);
}
TEST_CASE("parts of a download: what can't be read is IO after the parts before, and noted in the drive once") {
  net::run_task(a_part_that_can_not_be_read);
}

}  // namespace ndisk::server
