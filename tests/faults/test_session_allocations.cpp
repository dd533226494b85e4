// A session whose thread gets no memory, at each of its allocations in turn.
#include <sys/socket.h>

#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>
#include <new>
#include <thread>

#include "common/net/bulk_frame.hpp"
#include "tests/faults/failing_allocations.hpp"
#include "tests/server/session_fixture.hpp"

namespace ndisk::server {
namespace {

using faults::OneFailingAllocation;
using protocol::FrameType;

// The test turns the session's event loop itself and sends past its own side of the connection, so that what fails is
// the session's.
class TurnedSession {
 public:
  TurnedSession()
      : descriptors_(net::descriptor_pair()),
        fixture_(context_.get_executor(), descriptors_, {.shown = "test", .is_local = true, .is_owner = true},
                 std::chrono::seconds(30), {}) {}

  SessionFixture& fixture() { return fixture_; }
  void run(net::Task<> task) {
    bool ended = false;
    std::exception_ptr failure;
    auto end = [&](std::exception_ptr error) {
      ended = true;
      failure = std::move(error);
    };
    asio::co_spawn(context_, std::move(task), std::move(end));
    while (!ended) context_.run_one();
    if (failure) std::rethrow_exception(failure);
  }
  // As an I/O thread goes on.
  void settle() {
    for (bool is_done = false; !is_done;) {
      try {
        context_.poll();
        is_done = true;
      } catch (const std::bad_alloc&) {
      }
    }
  }
  void send(const Bytes& frame) {
    REQUIRE(::send(descriptors_[0], frame.data(), frame.size(), 0) == static_cast<ssize_t>(frame.size()));
  }
  void cut() { REQUIRE(::shutdown(descriptors_[0], SHUT_RDWR) == 0); }

 private:
  asio::io_context context_{1};
  std::array<int, 2> descriptors_;
  SessionFixture fixture_;
};

}  // namespace

TEST_CASE("memory: an upload whose connection is cut is put away by the pool, whatever its session gets") {
  int after = 0;
  for (bool has_failed = true; has_failed; ++after) {
    CAPTURE(after);
    TurnedSession session;
    auto& fixture = session.fixture();
    session.run(fixture.begin_upload());
    session.send(net::DataFrame(1000).finish(1, 0, 1000));
    while (fixture.drive.log.uploaded_bytes == 0) session.settle();
    session.settle();
    session.cut();
    {
      const OneFailingAllocation scarce(after);
      session.settle();
      has_failed = scarce.has_failed();
    }
    session.run(fixture.finish());
    CHECK(fixture.drive.log.paused_uploads == 1);
    CHECK(fixture.drive.log.paused_by.load() != std::this_thread::get_id());
  }
  CHECK(after > 5);
}

}  // namespace ndisk::server
