#include <thread>

#include "common/net/blocking_pool.hpp"
#include "common/net/byte_budget.hpp"
#include "tests/catch.hpp"
#include "tests/common/net/run_task.hpp"

namespace ndisk::net {
namespace {

Task<> blocking_work_moves_there_and_back(Executor) {
  BlockingPool pool(1);
  const auto here = std::this_thread::get_id();
  auto work = [] { return std::this_thread::get_id(); };
  const auto there = co_await run_blocking(pool, work);
  CHECK(there != here);
  CHECK(std::this_thread::get_id() == here);
}

Task<> take_into(Executor executor, ByteBudget& budget, std::size_t bytes, std::string name, std::string& order) {
  const auto share = co_await budget.take(bytes);
  order += name;
  co_await settle(executor);
}

Task<> budget_serves_in_order(Executor executor) {
  ByteBudget budget(executor, 100);
  TaskGroup tasks(executor);
  std::string order;
  {
    const auto all = co_await budget.take(100);
    tasks.spawn(take_into(executor, budget, 90, "a", order));
    tasks.spawn(take_into(executor, budget, 5, "b", order));
    tasks.spawn(take_into(executor, budget, 90, "c", order));
    co_await settle(executor);
    CHECK(order.empty());
  }
  co_await tasks.join();
  CHECK(order == "abc");
}

Task<> more_than_all_is_all(Executor executor) {
  ByteBudget budget(executor, 10);
  const auto share = co_await budget.take(1000);
  SUCCEED("returned");
}

Task<> end_later(Event& event) { co_await event.wait(); }

Task<> group_waits_for_all(Executor executor) {
  Event event(executor);
  TaskGroup tasks(executor);
  for (int i = 0; i < 3; ++i) tasks.spawn(end_later(event));
  co_await settle(executor);
  CHECK(tasks.size() == 3);
  event.notify();
  co_await tasks.join();
  CHECK(tasks.size() == 0);
}

}  // namespace

TEST_CASE("run_blocking: works on the pool and resumes on the caller's thread") {
  run_task(blocking_work_moves_there_and_back);
}
TEST_CASE("byte budget: first come, first served, so a large wish is not starved") { run_task(budget_serves_in_order); }
TEST_CASE("byte budget: a wish above the whole is the whole") { run_task(more_than_all_is_all); }
TEST_CASE("task group: join returns when every task has ended") { run_task(group_waits_for_all); }

TEST_CASE("blocking pool: what was submitted before destruction still runs") {
  std::atomic<int> ran = 0;
  {
    BlockingPool pool(2);
    for (int i = 0; i < 100; ++i) pool.submit([&ran] { ++ran; });
  }
  CHECK(ran == 100);
}

}  // namespace ndisk::net
