// Who waits for whom, and what a session's end leaves unsaid.
#include <semaphore>

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

}  // namespace

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
