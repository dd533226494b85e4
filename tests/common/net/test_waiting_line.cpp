#include "common/net/waiting_line.hpp"

#include "tests/common/net/run_task.hpp"

namespace ndisk::net {
namespace {

// A thing that one at a time may take.
struct Window {
  explicit Window(Executor executor) : line(executor) {}

  Task<> take(char name) {
    co_await line.wait([this] {
      ++looks;
      return free > 0;
    });
    --free;
    order += name;
  }
  void give(int more) {
    free += more;
    line.wake_first();
  }

  WaitingLine line;
  int free = 0;
  int looks = 0;
  std::string order;
};

Task<> lets_them_through_in_order(Executor executor) {
  Window window(executor);
  TaskGroup tasks(executor);
  for (const char name : {'a', 'b', 'c'}) tasks.spawn(window.take(name));
  co_await settle(executor);
  CHECK(window.order.empty());
  window.give(1);
  // Who comes later stands behind those who wait, though there is something to take.
  tasks.spawn(window.take('d'));
  co_await settle(executor);
  CHECK(window.order == "a");
  window.give(3);
  co_await tasks.join();
  CHECK(window.order == "abcd");
  CHECK(window.line.empty());
}

Task<> goes_at_once_where_nobody_waits(Executor executor) {
  Window window(executor);
  window.give(1);
  co_await window.take('a');
  CHECK(window.looks == 1);
}

Task<> wakes_few_of_many(Executor executor) {
  constexpr int kMany = 1000;
  Window window(executor);
  TaskGroup tasks(executor);
  for (int i = 0; i < kMany; ++i) tasks.spawn(window.take('.'));
  co_await settle(executor);
  for (int i = 0; i < kMany; ++i) {
    window.give(1);
    co_await settle(executor);
  }
  co_await tasks.join();
  // Each when it is woken, when it came in vain, and at the beginning at most.
  CHECK(window.looks <= 3 * kMany);
}

}  // namespace

TEST_CASE("waiting line: lets them through in the order in which they came") { run_task(lets_them_through_in_order); }
TEST_CASE("waiting line: nobody waits where there is no line") { run_task(goes_at_once_where_nobody_waits); }
TEST_CASE("waiting line: a change wakes the first, not a thousand") { run_task(wakes_few_of_many); }

}  // namespace ndisk::net
