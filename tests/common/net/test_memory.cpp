// What gets no memory fails as a value, and nothing else with it.
#include <atomic>
#include <new>
#include <semaphore>
#include <thread>

#include "common/net/blocking_pool.hpp"
#include "tests/catch.hpp"
#include "tests/common/net/run_task.hpp"

namespace ndisk::net {
namespace {

Task<> work_without_memory_is_an_error(Executor) {
  BlockingPool pool(1);
  auto work = []() -> Result<int> { throw std::bad_alloc(); };
  const auto failed = co_await run_blocking(pool, work);
  REQUIRE_FALSE(failed);
  CHECK(failed.error().code == ErrorCode::kBusy);
  CHECK(failed.error().retryable);
  auto other = []() -> Result<int> { return 1; };
  const auto done = co_await run_blocking(pool, other);
  CHECK(done == 1);
}

Task<> a_dropped_operation_is_an_error(Executor) {
  auto drop = [](const std::move_only_function<void(Result<int>)>&) {};
  const auto dropped = co_await completion_of<Result<int>>(drop);
  REQUIRE_FALSE(dropped);
  CHECK(dropped.error().code == ErrorCode::kBusy);
  auto fail = [](const std::move_only_function<void(Result<int>)>&) { throw std::bad_alloc(); };
  const auto failed = co_await completion_of<Result<int>>(fail);
  REQUIRE_FALSE(failed);
  CHECK(failed.error().retryable);
}

Task<> an_operation_that_ends_on_the_pool_without_memory_is_an_error(Executor) {
  BlockingPool pool(1);
  auto start = [&pool](std::move_only_function<void(Result<int>)> done) {
    pool.submit([done = std::move(done)]() mutable {
      const auto dropped = std::move(done);
      throw std::bad_alloc();
    });
  };
  const auto failed = co_await completion_of<Result<int>>(start);
  REQUIRE_FALSE(failed);
  CHECK(failed.error().code == ErrorCode::kBusy);
}

Task<> get_no_memory(Executor executor) {
  co_await settle(executor);
  throw std::bad_alloc();
}

Task<> a_task_without_memory_ends_alone(Executor executor) {
  int told = 0;
  TaskGroup tasks(executor, [&told] { ++told; });
  tasks.spawn(get_no_memory(executor));
  co_await tasks.join();
  CHECK(told == 1);
  CHECK(tasks.size() == 0);
}

}  // namespace

TEST_CASE("memory: blocking work that gets none is an error, and the pool goes on") {
  run_task(work_without_memory_is_an_error);
}

TEST_CASE("memory: an operation that is dropped for want of it is an error for who waits") {
  run_task(a_dropped_operation_is_an_error);
  run_task(an_operation_that_ends_on_the_pool_without_memory_is_an_error);
}

TEST_CASE("memory: a task that gets none ends alone, where its group has somebody to tell") {
  run_task(a_task_without_memory_ends_alone);
}

TEST_CASE("memory: between the tries of what must be done, others get to give some back; the tries end") {
  std::binary_semaphore first_failed(0);
  std::atomic<bool> is_given_back = false;
  const std::jthread other([&] {
    first_failed.acquire();
    is_given_back = true;
  });
  TriesWithoutMemory tries;
  first_failed.release();
  while (!is_given_back && tries.pause()) {
  }
  CHECK(is_given_back);
  int more = 0;
  while (tries.pause()) ++more;
  CHECK(more < 1000);
}

}  // namespace ndisk::net
