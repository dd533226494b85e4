// An upload whose blocks come faster than they are stored.
#include <semaphore>

#include "common/net/bulk_frame.hpp"
#include "tests/server/session_fixture.hpp"

namespace ndisk::server {
namespace {

using net::Executor;
using net::Task;
using protocol::FrameType;

constexpr std::size_t kBlock = 1000;

void send_block(SessionFixture& fixture, std::uint64_t offset) {
  fixture.client.post_frames(net::DataFrame(kBlock).finish(1, offset, kBlock));
}

void send_commit(SessionFixture& fixture, std::uint64_t size) {
  wire::Commit commit;
  commit.set_size(size);
  commit.set_sha256(std::string(32, 'd'));
  fixture.send(FrameType::kCommit, 1, commit);
}

// The first block is at the pool until the I/O thread has handed in the second, and then waits for it.
Task<> next_block_is_handed_in_while_one_is_stored(Executor executor) {
  SessionFixture fixture(executor);
  std::binary_semaphore go_on(0);
  std::binary_semaphore last_is_stored(0);
  fixture.drive.at_append = [&](std::uint64_t offset) {
    if (offset == 0) go_on.acquire();
    if (offset == kBlock) last_is_stored.release();
    return Result<void>();
  };
  co_await fixture.begin_upload();
  for (std::uint64_t i = 0; i < 2; ++i) send_block(fixture, i * kBlock);
  co_await net::settle(executor);
  CHECK(fixture.drive.log.uploaded_bytes == 0);
  go_on.release();
  CHECK(last_is_stored.try_acquire_for(std::chrono::seconds(10)));  // with nobody at the I/O thread
  send_commit(fixture, 2 * kBlock);
  const auto committed = co_await fixture.expect(FrameType::kCommitted);
  CHECK(fixture.drive.log.uploaded_bytes == 2 * kBlock);
  co_await fixture.finish();
}

Task<> a_commit_waits_for_blocks(Executor executor) {
  SessionFixture fixture(executor);
  std::binary_semaphore go_on(0);
  fixture.drive.at_append = [&](std::uint64_t) {
    go_on.acquire();
    return Result<void>();
  };
  co_await fixture.begin_upload();
  send_block(fixture, 0);
  send_commit(fixture, kBlock);
  co_await net::settle(executor);
  CHECK(fixture.drive.log.committed_uploads == 0);
  go_on.release();
  const auto committed = co_await fixture.expect(FrameType::kCommitted);
  CHECK(fixture.drive.log.uploaded_bytes == kBlock);
  co_await fixture.finish();
}

// The blocks after it fail too, for want of what was to be before them.
Task<> the_first_error_is_told(Executor executor) {
  SessionFixture fixture(executor);
  fixture.drive.at_append = [](std::uint64_t offset) {
    return offset == 0 ? Result<void>(fail(ErrorCode::kNoSpace, "full")) : Result<void>();
  };
  co_await fixture.begin_upload();
  for (std::uint64_t i = 0; i < 3; ++i) send_block(fixture, i * kBlock);
  send_commit(fixture, 3 * kBlock);
  const auto error = co_await fixture.expect_error(1);
  CHECK(error.code == ErrorCode::kNoSpace);
  fixture.send(FrameType::kPing, 2, wire::Ping());
  const auto pong = co_await fixture.expect(FrameType::kPong);
  CHECK(pong.header.stream == 2);
  CHECK(fixture.drive.log.uploaded_bytes == 0);
  CHECK(fixture.drive.log.committed_uploads == 0);
  co_await fixture.finish();
}

// The client may wait for the answer before it sends more.
Task<> an_error_ends_it_at_once(Executor executor) {
  SessionFixture fixture(executor);
  fixture.drive.at_append = [](std::uint64_t) { return Result<void>(fail(ErrorCode::kNoSpace, "full")); };
  co_await fixture.begin_upload();
  send_block(fixture, 0);
  const auto error = co_await fixture.expect_error(1);
  CHECK(error.code == ErrorCode::kNoSpace);
  CHECK(fixture.drive.log.abandoned_uploads == 1);
  co_await fixture.finish();
}

Task<> a_cut_waits_for_blocks(Executor executor) {
  SessionFixture fixture(executor);
  std::binary_semaphore go_on(0);
  fixture.drive.at_append = [&](std::uint64_t offset) {
    if (offset == 0) go_on.acquire();
    return Result<void>();
  };
  co_await fixture.begin_upload();
  for (std::uint64_t i = 0; i < 2; ++i) send_block(fixture, i * kBlock);
  co_await net::settle(executor);
  co_await fixture.client.finish();
  co_await net::settle(executor);
  CHECK(fixture.drive.log.paused_uploads == 0);
  go_on.release();
  co_await fixture.tasks.join();
  CHECK(fixture.drive.log.paused_uploads == 1);
  CHECK(fixture.drive.log.uploaded_bytes == 2 * kBlock);
}

}  // namespace

TEST_CASE("upload: the next block is handed in while one is stored, and stored after it") {
  net::run_task(next_block_is_handed_in_while_one_is_stored);
}
TEST_CASE("upload: a commit waits for the blocks before it") { net::run_task(a_commit_waits_for_blocks); }
TEST_CASE("upload: after a block that can't be stored nothing is, and its error is the answer") {
  net::run_task(the_first_error_is_told);
}
TEST_CASE("upload: a block that can't be stored ends it, whether more comes or not, and it is gone when that is told") {
  net::run_task(an_error_ends_it_at_once);
}
TEST_CASE("upload: a cut connection pauses it when what came has been stored") {
  net::run_task(a_cut_waits_for_blocks);
}

}  // namespace ndisk::server
