#include "common/net/bulk_frame.hpp"
#include "tests/server/session_fixture.hpp"

namespace ndisk::server {
namespace {

using net::Executor;
using net::Task;
using protocol::FrameType;

Bytes small_file_frame(protocol::StreamId stream, std::string_view content) {
  wire::PutSmall message;
  message.set_request_id(std::string(16, 'r'));
  message.set_path("file");
  message.set_sha256(std::string(as_text(sha256(as_bytes(content)))));
  return net::encode_small_frame(FrameType::kPutSmall, stream, message, as_bytes(content));
}

wire::Offer offer() {
  wire::Offer message;
  message.set_request_id(std::string(16, 'r'));
  message.set_path("big");
  return message;
}

Bytes data_frame(protocol::StreamId stream, std::uint64_t offset, std::size_t bytes) {
  return net::DataFrame(bytes).finish(stream, offset, bytes);
}

Task<> pipelines_small_files(Executor executor) {
  SessionFixture fixture(executor);
  co_await fixture.log_in();
  for (protocol::StreamId stream = 1; stream <= 200; ++stream) {
    fixture.client.post_frames(small_file_frame(stream, "content"));
  }
  for (int i = 0; i < 200; ++i) {
    const auto frame = co_await fixture.expect(FrameType::kCommitted);
    CHECK(protocol::parse_message<wire::Committed>(frame.payload)->size() == 7);
  }
  CHECK(fixture.drive.log.small_files == 200);
  co_await fixture.finish();
}

Task<> uploads_and_commits(Executor executor) {
  SessionFixture fixture(executor);
  co_await fixture.log_in();
  fixture.send(FrameType::kOffer, 1, offer());
  const auto send = co_await fixture.expect(FrameType::kSend);
  fixture.client.post_frames(data_frame(1, 0, 1000));
  fixture.client.post_frames(data_frame(1, 1000, 24));
  wire::Commit commit;
  commit.set_size(1024);
  commit.set_sha256(std::string(32, 'd'));
  fixture.send(FrameType::kCommit, 1, commit);
  const auto committed = co_await fixture.expect(FrameType::kCommitted);
  CHECK(fixture.drive.log.uploaded_bytes == 1024);
  CHECK(fixture.drive.log.committed_uploads == 1);
  co_await fixture.finish();
}

Task<> a_cut_pauses_an_upload(Executor executor) {
  SessionFixture fixture(executor);
  co_await fixture.log_in();
  fixture.send(FrameType::kOffer, 1, offer());
  const auto send = co_await fixture.expect(FrameType::kSend);
  fixture.client.post_frames(data_frame(1, 0, 1000));
  co_await fixture.client.say_goodbye(std::chrono::seconds(10), std::chrono::seconds(10));
  co_await fixture.finish();
  CHECK(fixture.drive.log.paused_uploads == 1);
  CHECK(fixture.drive.log.uploaded_bytes == 1000);
}

Task<> cancel_keeps_what_came(Executor executor) {
  SessionFixture fixture(executor);
  co_await fixture.log_in();
  fixture.send(FrameType::kOffer, 1, offer());
  const auto send = co_await fixture.expect(FrameType::kSend);
  fixture.client.post_frames(data_frame(1, 0, 10));
  fixture.send(FrameType::kCancel, 1, wire::Cancel());
  const auto error = co_await fixture.expect_error(1);
  CHECK(error.code == ErrorCode::kCancelled);
  co_await fixture.finish();
  CHECK(fixture.drive.log.paused_uploads == 1);
}

Task<> cancel_drops_an_empty_upload(Executor executor) {
  SessionFixture fixture(executor);
  co_await fixture.log_in();
  fixture.send(FrameType::kOffer, 1, offer());
  const auto send = co_await fixture.expect(FrameType::kSend);
  fixture.send(FrameType::kCancel, 1, wire::Cancel());
  const auto error = co_await fixture.expect_error(1);
  CHECK(error.code == ErrorCode::kCancelled);
  co_await fixture.finish();
  CHECK(fixture.drive.log.abandoned_uploads == 1);
}

Task<> wrong_offset_fails_the_stream_only(Executor executor) {
  SessionFixture fixture(executor);
  co_await fixture.log_in();
  fixture.send(FrameType::kOffer, 1, offer());
  const auto send = co_await fixture.expect(FrameType::kSend);
  fixture.client.post_frames(data_frame(1, 5, 10));
  const auto error = co_await fixture.expect_error(1);
  CHECK(error.code == ErrorCode::kInvalid);
  fixture.client.post_frames(small_file_frame(2, "x"));
  const auto committed = co_await fixture.expect(FrameType::kCommitted);
  CHECK(committed.header.stream == 2);
  co_await fixture.finish();
}

Task<> lists_page_by_page(Executor executor) {
  SessionFixture fixture(executor);
  fixture.drive.pages = {{.entries = {{.path = "a"}}, .reached = "a"},
                         {.entries = {{.path = "b"}}, .reached = "b", .last = true}};
  co_await fixture.log_in();
  fixture.send(FrameType::kList, 1, wire::List());
  for (const char* name : {"a", "b"}) {
    const auto frame = co_await fixture.expect(FrameType::kListPage);
    CHECK(protocol::parse_message<wire::ListPage>(frame.payload)->entries(0).path() == name);
  }
  const auto end = co_await fixture.expect(FrameType::kEnd);
  co_await fixture.finish();
}

Task<> uploads_come_in_pages(Executor executor) {
  SessionFixture fixture(executor);
  co_await fixture.log_in();
  fixture.send(FrameType::kListUploads, 1, wire::ListUploads());
  int rows = 0;
  while (rows < 30) {
    const auto frame = co_await fixture.expect(FrameType::kUploadsPage);
    rows += protocol::parse_message<wire::UploadsPage>(frame.payload)->uploads_size();
  }
  const auto end = co_await fixture.expect(FrameType::kEnd);
  CHECK(rows == 30);
  co_await fixture.finish();
}

Task<> status_is_answered_locally(Executor executor) {
  SessionFixture fixture(executor);
  co_await fixture.log_in();
  fixture.send(FrameType::kGetStatus, 1, wire::GetStatus());
  const auto status = co_await fixture.expect(FrameType::kStatus);
  CHECK(protocol::parse_message<wire::Status>(status.payload)->files() == 3);
  co_await fixture.finish();
}

Task<> goes_away_when_streams_end(Executor executor) {
  SessionFixture fixture(executor);
  co_await fixture.log_in();
  fixture.send(FrameType::kOffer, 1, offer());
  const auto send = co_await fixture.expect(FrameType::kSend);
  fixture.session.go_away();
  const auto notice = co_await fixture.expect(FrameType::kGoAway);
  fixture.client.post_frames(small_file_frame(2, "x"));
  const auto refused = co_await fixture.expect_error(2);
  CHECK(refused.code == ErrorCode::kShuttingDown);
  CHECK(refused.retryable);
  wire::Commit commit;
  commit.set_sha256(std::string(32, 'd'));
  fixture.send(FrameType::kCommit, 1, commit);
  const auto committed = co_await fixture.expect(FrameType::kCommitted);
  const auto end = co_await fixture.expect_end();
  CHECK(end.code == ErrorCode::kShuttingDown);
  co_await fixture.finish();
}

}  // namespace

TEST_CASE("session: small files are taken without waiting for one another") { net::run_task(pipelines_small_files); }
TEST_CASE("session: an upload goes from Offer over Data to Committed") { net::run_task(uploads_and_commits); }
TEST_CASE("session: a cut connection pauses an upload with all that came") { net::run_task(a_cut_pauses_an_upload); }
TEST_CASE("session: Cancel keeps an upload that has received bytes") { net::run_task(cancel_keeps_what_came); }
TEST_CASE("session: Cancel drops an upload that has received nothing") { net::run_task(cancel_drops_an_empty_upload); }
TEST_CASE("session: Data at a wrong offset fails its stream and no other") {
  net::run_task(wrong_offset_fails_the_stream_only);
}
TEST_CASE("session: a listing goes out page by page and ends with End") { net::run_task(lists_page_by_page); }
TEST_CASE("session: uploads are listed in pages that fit a frame") { net::run_task(uploads_come_in_pages); }
TEST_CASE("session: status is answered on the Unix socket") { net::run_task(status_is_answered_locally); }
TEST_CASE("session: going away refuses new streams, finishes open ones, then ends") {
  net::run_task(goes_away_when_streams_end);
}

}  // namespace ndisk::server
