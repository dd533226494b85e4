#include <atomic>
#include <barrier>
#include <semaphore>
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

Task<> run_and_count(PoolTurn turn, int& done, std::vector<ErrorCode>& errors) {
  auto work = [&done]() -> Result<void> {
    ++done;
    return {};
  };
  const auto result = co_await run_blocking(turn, work);
  if (!result) errors.push_back(result.error().code);
}

Task<> what_is_over_is_not_done(Executor executor) {
  BlockingPool pool(1);
  std::atomic<bool> is_over = false;
  std::binary_semaphore go_on(0);
  pool.submit([&go_on] { go_on.acquire(); });
  TaskGroup tasks(executor);
  int done = 0;
  std::vector<ErrorCode> errors;
  const PoolTurn turn(pool, {1, 1}, is_over);
  tasks.spawn(run_and_count(turn, done, errors));
  tasks.spawn(run_and_count(turn.to_the_end(), done, errors));
  co_await settle(executor);
  is_over = true;
  go_on.release();
  co_await tasks.join();
  CHECK(done == 1);
  CHECK(errors == std::vector{ErrorCode::kCancelled});
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

// Waits as long as `over` is not set; takes its name into `order` if it got a share, in small letters if not.
Task<> take_until_over(Executor executor, ByteBudget& budget, Event& changed, const bool& over, std::size_t bytes,
                       char name, std::string& order) {
  const auto share = co_await budget.take_until(bytes, changed, [&over] { return over; });
  order += share ? name : static_cast<char>(std::tolower(name));
  co_await settle(executor);
}

Task<> who_leaves_the_line_lets_the_others_on(Executor executor) {
  ByteBudget budget(executor, 100);
  Event changed(executor);
  Event quiet(executor);
  bool over = false;
  const bool never = false;
  TaskGroup tasks(executor);
  std::string order;
  {
    const auto most = co_await budget.take(90);
    tasks.spawn(take_until_over(executor, budget, changed, over, 20, 'A', order));
    tasks.spawn(take_until_over(executor, budget, quiet, never, 10, 'B', order));
    tasks.spawn(take_until_over(executor, budget, quiet, never, 10, 'C', order));
    co_await settle(executor);
    changed.notify();
    co_await settle(executor);
    CHECK(order.empty());
    over = true;
    changed.notify();
    co_await settle(executor);
    // What A stood in the way of is served at once.
    CHECK(order.starts_with("aB"));
  }
  co_await tasks.join();
  CHECK(order == "aBC");
  CHECK(budget.has_free(100));
}

Task<> who_is_served_when_it_leaves_gives_back_what_it_got(Executor executor) {
  ByteBudget budget(executor, 100);
  Event changed(executor);
  bool over = false;
  TaskGroup tasks(executor);
  std::string order;
  {
    const auto all = co_await budget.take(100);
    tasks.spawn(take_until_over(executor, budget, changed, over, 100, 'A', order));
    tasks.spawn(take_into(executor, budget, 100, "b", order));
    co_await settle(executor);
  }
  over = true;
  changed.notify();
  co_await tasks.join();
  CHECK(order == "Ab");
  CHECK(budget.has_free(100));
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
TEST_CASE("run_blocking: what waits for a turn that is over is not done, save what must be") {
  run_task(what_is_over_is_not_done);
}
TEST_CASE("byte budget: first come, first served, so a large wish is not starved") { run_task(budget_serves_in_order); }
TEST_CASE("byte budget: who leaves the line does so at once, and lets those behind on in their order") {
  run_task(who_leaves_the_line_lets_the_others_on);
}
TEST_CASE("byte budget: who is served in the moment in which it leaves the line gives back what it got") {
  run_task(who_is_served_when_it_leaves_gives_back_what_it_got);
}
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

// Each piece of work waits for the other: with one thread awake, neither would end.
TEST_CASE("blocking pool: work for two threads wakes two") {
  std::barrier<> both(2);
  std::counting_semaphore<> done(0);
  BlockingPool pool(3);
  auto work = [&both, &done] {
    both.arrive_and_wait();
    done.release();
  };
  for (int round = 0; round < 1000; ++round) {
    for (int i = 0; i < 2; ++i) pool.submit(work);
    for (int i = 0; i < 2; ++i) done.acquire();
  }
}

}  // namespace ndisk::net
