#include "server/body_memory.hpp"

#include <vector>

#include "tests/catch.hpp"
#include "tests/common/net/run_task.hpp"

namespace ndisk::server {
namespace {

using net::Executor;
using net::Task;

constexpr std::size_t kBlock = 100;

// Takes a block, writes down whose it is, and gives it back.
Task<> take_one(BodyMemory& memory, std::int64_t user, std::vector<std::int64_t>& served) {
  const auto share = co_await memory.take(user, kBlock);
  served.push_back(user);
}

Task<> users_take_turns(Executor executor) {
  BodyMemory memory(executor, 2 * kBlock);
  std::vector<std::int64_t> served;
  net::TaskGroup tasks(executor);
  {
    const auto all = co_await memory.shared.take(kBlock);
    for (int i = 0; i < 10; ++i) tasks.spawn(take_one(memory, 1, served));
    for (int i = 0; i < 3; ++i) tasks.spawn(take_one(memory, 2, served));
    co_await net::settle(executor);
    CHECK(served.empty());
  }
  co_await tasks.join();
  CHECK(served == std::vector<std::int64_t>{1, 2, 1, 2, 1, 2, 1, 1, 1, 1, 1, 1, 1});
}

}  // namespace

TEST_CASE("body memory: users take turns, however much one of them waits for") { net::run_task(users_take_turns); }

}  // namespace ndisk::server
