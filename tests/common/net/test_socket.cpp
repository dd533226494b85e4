#include <unistd.h>

#include "common/net/socket.hpp"
#include "tests/common/net/run_task.hpp"
#include "tests/common/net/socket_pair.hpp"

namespace ndisk::net {
namespace {

constexpr auto kLong = std::chrono::seconds(30);
constexpr auto kShort = std::chrono::milliseconds(5);

Task<> wait_and_keep(Socket& socket, std::optional<Result<void>>& outcome) {
  outcome = co_await socket.wait_readable(kLong);
}

Task<> reports_bytes(Executor executor) {
  auto [here, there] = socket_pair(executor);
  REQUIRE(::write(there.descriptor(), "x", 1) == 1);
  const auto readable = co_await here.wait_readable(kLong);
  CHECK(readable.has_value());
}

Task<> expires(Executor executor) {
  auto [here, there] = socket_pair(executor);
  const auto readable = co_await here.wait_readable(kShort);
  REQUIRE_FALSE(readable.has_value());
  CHECK(readable.error().code == ErrorCode::kDeadline);
  CHECK(here.is_closed());
}

Task<> close_ends_a_wait(Executor executor) {
  auto [here, there] = socket_pair(executor);
  TaskGroup tasks(executor);
  std::optional<Result<void>> outcome;
  tasks.spawn(wait_and_keep(here, outcome));
  co_await settle(executor);
  REQUIRE_FALSE(outcome.has_value());
  here.close();
  co_await tasks.join();
  REQUIRE(outcome.has_value());
  CHECK(outcome->error().code == ErrorCode::kNetwork);
}

Task<> wake_ends_only_the_reader(Executor executor) {
  auto [here, there] = socket_pair(executor);
  TaskGroup tasks(executor);
  std::optional<Result<void>> outcome;
  tasks.spawn(wait_and_keep(here, outcome));
  co_await settle(executor);
  here.wake_reader();
  co_await tasks.join();
  CHECK(outcome->has_value());
  CHECK_FALSE(here.is_closed());
}

}  // namespace

TEST_CASE("socket: a wait ends when bytes have come") { run_task(reports_bytes); }
TEST_CASE("socket: a wait that passes its deadline fails and closes the socket") { run_task(expires); }
TEST_CASE("socket: closing ends a wait that is under way") { run_task(close_ends_a_wait); }
TEST_CASE("socket: waking the reader ends its wait and leaves the socket open") { run_task(wake_ends_only_the_reader); }

}  // namespace ndisk::net
