// Who waits for whom, and what a session's end leaves unsaid.
#include <algorithm>
#include <asio/post.hpp>
#include <asio/use_awaitable.hpp>
#include <atomic>
#include <functional>
#include <semaphore>

#include "common/net/bulk_frame.hpp"
#include "tests/server/session_fixture.hpp"

namespace ndisk::server {
namespace {

using net::Executor;
using net::Task;
using protocol::FrameType;

const std::string kId(16, 'r');

// While the drive takes the change, a Stat is asked for: it is answered first.
template <class Message>
Task<> ask_while_changing(SessionFixture& fixture, std::binary_semaphore& go_on, FrameType type, Message change) {
  CAPTURE(protocol::frame_type_name(type));
  const auto changing = ++fixture.last_stream;
  fixture.send(type, changing, change);
  const auto reading = ++fixture.last_stream;
  fixture.send(FrameType::kStat, reading, wire::Stat());
  const auto read = co_await fixture.client.read_frame();
  go_on.release();
  REQUIRE(read.has_value());
  CHECK(read->header.stream == reading);
  const auto other = co_await fixture.client.read_frame();
  REQUIRE(other.has_value());
  CHECK(other->header.stream == changing);
}

template <class Message>
Message with_id() {
  Message message;
  message.set_request_id(kId);
  return message;
}

// The writer's queue is full: what it is given next waits.
Task<> reading_goes_on_while_changes_wait(Executor executor) {
  SessionFixture fixture(executor);
  std::binary_semaphore go_on(0);
  fixture.drive.at_change = [&go_on] { static_cast<void>(go_on.try_acquire_for(std::chrono::seconds(10))); };
  co_await fixture.log_in();
  wire::CancelUpload cancel;
  cancel.set_upload_id(kId);
  co_await ask_while_changing(fixture, go_on, FrameType::kCancelUpload, cancel);
  co_await ask_while_changing(fixture, go_on, FrameType::kRemove, with_id<wire::Remove>());
  co_await ask_while_changing(fixture, go_on, FrameType::kMakeFolder, with_id<wire::MakeFolder>());
  co_await ask_while_changing(fixture, go_on, FrameType::kMove, with_id<wire::Move>());
  co_await ask_while_changing(fixture, go_on, FrameType::kCopy, with_id<wire::Copy>());
  co_await ask_while_changing(fixture, go_on, FrameType::kRestore, with_id<wire::Restore>());
  co_await ask_while_changing(fixture, go_on, FrameType::kRestoreTrash, with_id<wire::RestoreTrash>());
  co_await ask_while_changing(fixture, go_on, FrameType::kEmptyTrash, with_id<wire::EmptyTrash>());
  co_await fixture.finish();
}

Task<> an_evicted_listing_has_no_end(Executor executor) {
  SessionFixture fixture(executor);
  fixture.drive.versions_held = 1000;
  int calls = 0;
  fixture.drive.at_versions = [&fixture, &calls] {
    if (++calls != 2) return;
    fixture.services.sessions.end_sessions_of(storage::DeviceId{}, {ErrorCode::kNotAllowed, "revoked", false});
  };
  co_await fixture.log_in();
  wire::ListVersions list;
  list.set_path("a");
  fixture.send(FrameType::kListVersions, 1, list);
  bool ended = false;
  auto frame = co_await fixture.client.read_frame();
  for (; frame && frame->header.stream != protocol::kSessionStream; frame = co_await fixture.client.read_frame()) {
    ended = ended || frame->header.type == FrameType::kEnd;
  }
  CHECK_FALSE(ended);
  REQUIRE(frame.has_value());
  CHECK(frame->header.type == FrameType::kError);
  const auto after = co_await fixture.client.read_frame();
  CHECK_FALSE(after.has_value());
  co_await fixture.finish();
}

// As if the user had them in other sessions.
Task<> a_user_has_so_many_streams(Executor executor) {
  SessionFixture fixture(executor);
  co_await fixture.log_in();
  auto& streams = fixture.services.sessions.streams_of(fixture.drive.accounts().local_owner()->actor.user);
  streams += kMaxStreamsOfUser;
  const auto refused = co_await fixture.ask_for_error(FrameType::kStat, wire::Stat());
  CHECK(refused.code == ErrorCode::kBusy);
  CHECK(refused.retryable);
  streams -= kMaxStreamsOfUser;
  co_await fixture.ask<wire::StatInfo>(FrameType::kStat, wire::Stat(), FrameType::kStatInfo);
  co_await fixture.finish();
  CHECK(streams.load() == 0);
}

constexpr std::size_t kSmallBytes = 64 * 1024;

void send_small_files(SessionFixture& fixture, int count) {
  const Bytes content(kSmallBytes);
  for (int i = 0; i < count; ++i) {
    wire::PutSmall message;
    message.set_request_id(kId);
    message.set_path("file");
    message.set_sha256(std::string(as_text(sha256(content))));
    const auto stream = ++fixture.last_stream;
    fixture.client.post_frames(net::encode_small_frame(FrameType::kPutSmall, stream, message, content));
  }
  fixture.send(FrameType::kPing, protocol::kSessionStream, wire::Ping());
}

// 1.2 MB, of which half a MiB is the session's own share. The Ping behind them is answered while the drive takes none.
Task<> small_files_use_what_is_to_spare(Executor executor) {
  SessionFixture fixture(executor);
  std::counting_semaphore go_on(0);
  fixture.drive.at_small_file = [&go_on] { static_cast<void>(go_on.try_acquire_for(std::chrono::seconds(10))); };
  co_await fixture.log_in();
  send_small_files(fixture, 18);
  co_await fixture.expect(FrameType::kPong);
  CHECK(fixture.bodies.shared.has_free(500 * 1024));
  go_on.release(18);
  for (int i = 0; i < 18; ++i) co_await fixture.expect(FrameType::kCommitted);
  CHECK(fixture.bodies.spare.has_free(1 << 20));
  co_await fixture.finish();
}

Task<> small_files_use_no_more_than_that(Executor executor) {
  SessionFixture fixture(executor);
  std::counting_semaphore go_on(0);
  fixture.drive.at_small_file = [&go_on] { static_cast<void>(go_on.try_acquire_for(std::chrono::seconds(10))); };
  co_await fixture.log_in();
  send_small_files(fixture, 40);
  const auto is_full = [&fixture] { return !fixture.bodies.spare.has_free(kSmallBytes); };
  co_await net::until(executor, is_full);
  for (int turn = 0; turn < 200; ++turn) co_await asio::post(executor, asio::use_awaitable);
  // 22 of them fill its own half MiB and the fixture's one to spare; of another, it waits for the memory.
  CHECK(fixture.drive.log.small_files == 0);
  go_on.release(40);
  for (int i = 0; i < 18; ++i) co_await fixture.expect(FrameType::kCommitted);  // 40 - 22: and the Ping is not read yet
  co_await fixture.finish();
}

// One thread of the fixture's is all that takes changes; it is held by a small file.
Task<> bytes_of_uploads_pass_waiting_changes(Executor executor) {
  SessionFixture fixture(executor);
  std::counting_semaphore go_on(0);
  fixture.drive.at_small_file = [&go_on] { static_cast<void>(go_on.try_acquire_for(std::chrono::seconds(10))); };
  co_await fixture.log_in();
  wire::Offer offer;
  offer.set_request_id(kId);
  offer.set_path("big");
  fixture.send(FrameType::kOffer, ++fixture.last_stream, offer);
  const auto upload = fixture.last_stream;
  co_await fixture.expect(FrameType::kSend);
  send_small_files(fixture, 1);
  fixture.client.post_frames(net::DataFrame(1000).finish(upload, 0, 1000));
  const auto is_stored = [&fixture] { return fixture.drive.log.uploaded_bytes == 1000; };
  co_await net::until(executor, is_stored);
  CHECK(fixture.drive.log.small_files == 0);
  go_on.release();
  co_await fixture.finish();
}

// 2.4 MB of patterns: more than a session may have kept, so its reader waits until some of the listings have ended.
void send_long_patterns(SessionFixture& fixture) {
  wire::List list;
  for (int i = 0; i < 60; ++i) list.mutable_filter()->add_names(std::string(protocol::kMaxGlobBytes, 'x'));
  for (int i = 0; i < 40; ++i) fixture.send(FrameType::kList, ++fixture.last_stream, list);
}

// The drive answers none of the listings. The Ping behind them is read when one has ended.
Task<> patterns_count_while_they_are_needed(Executor executor) {
  SessionFixture fixture(executor);
  std::counting_semaphore go_on(0);
  fixture.drive.at_list = [&go_on] { static_cast<void>(go_on.try_acquire_for(std::chrono::seconds(10))); };
  co_await fixture.log_in();
  send_long_patterns(fixture);
  fixture.send(FrameType::kPing, protocol::kSessionStream, wire::Ping());
  for (int turn = 0; turn < 2000; ++turn) co_await asio::post(executor, asio::use_awaitable);
  go_on.release(40);
  co_await fixture.expect(FrameType::kError);  // the drive has no such folder
  co_await fixture.finish();
}

// The first listing stays with the drive until `go_on`.
struct FirstHeld {
  explicit FirstHeld(SessionFixture& fixture) {
    fixture.drive.at_list = [this] {
      if (++begun == 1) static_cast<void>(go_on.try_acquire_for(std::chrono::seconds(10)));
    };
  }
  Task<> until_reader_waits(Executor executor) const {
    co_await net::until(executor, [this] { return begun == 1; });
    for (int turn = 0; turn < 2000; ++turn) co_await asio::post(executor, asio::use_awaitable);
  }

  std::binary_semaphore go_on{0};
  std::atomic<int> begun = 0;
};

Task<> a_reader_that_waits_is_ended(Executor executor) {
  SessionFixture fixture(executor);
  FirstHeld lists(fixture);
  co_await fixture.log_in();
  send_long_patterns(fixture);
  co_await lists.until_reader_waits(executor);
  fixture.session.abort({ErrorCode::kShuttingDown, "the server is stopping", true});
  lists.go_on.release();
  co_await fixture.tasks.join();
  CHECK(lists.begun == 1);
  co_await fixture.client.finish();
}

Task<> what_was_not_begun_is_not_called_cancelled(Executor executor) {
  SessionFixture fixture(executor);
  FirstHeld lists(fixture);
  co_await fixture.log_in();
  send_long_patterns(fixture);
  wire::Cancel cancel;
  fixture.send(FrameType::kCancel, fixture.last_stream, cancel);
  co_await lists.until_reader_waits(executor);
  fixture.session.end({ErrorCode::kShuttingDown, "the server is stopping", true});
  lists.go_on.release();
  std::vector<std::pair<protocol::StreamId, ErrorCode>> errors;
  for (auto frame = co_await fixture.client.read_frame(); frame; frame = co_await fixture.client.read_frame()) {
    if (frame->header.type != FrameType::kError) continue;
    const auto error = protocol::from_wire(protocol::parse_message<wire::ErrorMessage>(frame->payload).value());
    errors.emplace_back(frame->header.stream, error.code);
  }
  REQUIRE_FALSE(errors.empty());
  CHECK(errors.back() == std::pair{protocol::kSessionStream, ErrorCode::kShuttingDown});
  const auto is_cancelled = [](const auto& error) { return error.second == ErrorCode::kCancelled; };
  CHECK(std::ranges::none_of(errors, is_cancelled));
  co_await fixture.finish();
}

Task<> a_session_counts_to_its_end(Executor executor) {
  SessionFixture fixture(executor);
  std::binary_semaphore go_on(0);
  std::atomic<bool> begun = false;
  fixture.drive.at_change = [&go_on, &begun] {
    begun = true;
    static_cast<void>(go_on.try_acquire_for(std::chrono::seconds(10)));
  };
  co_await fixture.log_in();
  const auto change = with_id<wire::Remove>();
  fixture.send(FrameType::kRemove, ++fixture.last_stream, change);
  const auto has_begun = [&begun] { return begun.load(); };
  co_await net::until(executor, has_begun);  // a request that no thread took ends with its session
  co_await fixture.client.finish();
  co_await net::settle(executor);
  CHECK(fixture.services.sessions.size() == 1);
  go_on.release();
  co_await fixture.tasks.join();
  CHECK(fixture.services.sessions.size() == 0);
}

}  // namespace

TEST_CASE("session: what it asked for is left undone once it is aborted, also while its reader waits for memory") {
  net::run_task(a_reader_that_waits_is_ended);
}
TEST_CASE("session: what it leaves undone at its end is not called cancelled, and its last word is why it ends") {
  net::run_task(what_was_not_begun_is_not_called_cancelled);
}
TEST_CASE("session: it counts until what it asked for has ended") { net::run_task(a_session_counts_to_its_end); }
TEST_CASE("fairness: small files on their way take what memory is to spare, and leave the others theirs") {
  net::run_task(small_files_use_what_is_to_spare);
}
TEST_CASE("fairness: bytes of an upload are taken while changes wait for the catalog's writer") {
  net::run_task(bytes_of_uploads_pass_waiting_changes);
}
TEST_CASE("fairness: a session reads no further while no memory is to spare") {
  net::run_task(small_files_use_no_more_than_that);
}
TEST_CASE("fairness: what listings search for counts until they end, and the session reads no further") {
  net::run_task(patterns_count_while_they_are_needed);
}
TEST_CASE("fairness: a user has so many streams open over all sessions, and they count as long as they are open") {
  net::run_task(a_user_has_so_many_streams);
}
TEST_CASE("fairness: changes that wait for the catalog's writer keep nobody from reading") {
  net::run_task(reading_goes_on_while_changes_wait);
}
TEST_CASE("session: a listing that is cut by a revocation does not look complete") {
  net::run_task(an_evicted_listing_has_no_end);
}

}  // namespace ndisk::server
