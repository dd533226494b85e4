#include "common/net/pool_strand.hpp"

#include <atomic>
#include <semaphore>
#include <string>
#include <thread>

#include "tests/catch.hpp"
#include "tests/common/net/run_task.hpp"

namespace ndisk::net {
namespace {

Task<> run_and_note(PoolStrand& strand, std::move_only_function<void()>& work, std::vector<ErrorCode>& errors) {
  auto piece = [&work]() -> Result<void> {
    work();
    return {};
  };
  const auto done = co_await strand.run(piece);
  if (!done) errors.push_back(done.error().code);
}

struct Pieces {
  std::list<std::move_only_function<void()>> all;
  std::vector<ErrorCode> errors;

  void hand_in(PoolStrand& strand, TaskGroup& tasks, std::move_only_function<void()> work) {
    tasks.spawn(run_and_note(strand, all.emplace_back(std::move(work)), errors));
  }
};

// The pool has threads enough to do all at once.
Task<> pieces_keep_their_order(Executor executor) {
  BlockingPool pool(4);
  PoolStrand strand(pool);
  TaskGroup tasks(executor);
  Pieces pieces;
  std::atomic<int> at_once = 0;
  std::string order;
  bool alone = true;
  for (char name = 'a'; name <= 'z'; ++name) {
    pieces.hand_in(strand, tasks, [&, name] {
      alone = alone && ++at_once == 1;
      std::this_thread::yield();
      order += name;
      --at_once;
    });
  }
  co_await tasks.join();
  CHECK(order == "abcdefghijklmnopqrstuvwxyz");
  CHECK(alone);
}

// The I/O thread blocks until the second piece is done.
Task<> next_piece_needs_no_io_thread(Executor executor) {
  BlockingPool pool(1);
  PoolStrand strand(pool);
  TaskGroup tasks(executor);
  Pieces pieces;
  std::binary_semaphore both_are_in(0);
  std::binary_semaphore second_is_done(0);
  pieces.hand_in(strand, tasks, [&both_are_in] { both_are_in.acquire(); });
  pieces.hand_in(strand, tasks, [&second_is_done] { second_is_done.release(); });
  co_await settle(executor);
  both_are_in.release();
  CHECK(second_is_done.try_acquire_for(std::chrono::seconds(10)));
  co_await tasks.join();
  CHECK(pieces.errors.empty());
}

Task<> strand_takes_turns(Executor executor) {
  BlockingPool pool(1);
  PoolStrand busy({pool, {1, 1}});
  PoolStrand other({pool, {2, 2}});
  TaskGroup tasks(executor);
  Pieces pieces;
  std::string order;
  std::binary_semaphore all_are_in(0);
  pieces.hand_in(busy, tasks, [&all_are_in] { all_are_in.acquire(); });
  for (int i = 0; i < 3; ++i) pieces.hand_in(busy, tasks, [&order] { order += 'b'; });
  pieces.hand_in(other, tasks, [&order] { order += 'o'; });
  co_await settle(executor);
  all_are_in.release();
  co_await tasks.join();
  CHECK(order == "obbb");
}

Task<> strand_of_an_ended_session(Executor executor) {
  BlockingPool pool(1);
  std::atomic<bool> is_over = false;
  PoolStrand strand({pool, {1, 1}, is_over});
  TaskGroup tasks(executor);
  Pieces pieces;
  int done = 0;
  pieces.hand_in(strand, tasks, [&] {
    ++done;
    is_over = true;
  });
  for (int i = 0; i < 2; ++i) pieces.hand_in(strand, tasks, [&done] { ++done; });
  co_await tasks.join();
  CHECK(done == 1);
  CHECK(pieces.errors == std::vector{ErrorCode::kCancelled, ErrorCode::kCancelled});
}

using Work = Result<void> (*)();

Task<> run_and_note_error(PoolStrand& strand, Work work, std::vector<ErrorCode>& errors) {
  const auto done = co_await strand.run(work);
  errors.push_back(done.error().code);
}

Task<> nothing_after_a_failure(Executor executor, Work first, ErrorCode told) {
  BlockingPool pool(4);
  PoolStrand strand(pool);
  TaskGroup tasks(executor);
  Pieces pieces;
  int done = 0;
  Work second = []() -> Result<void> { return fail(ErrorCode::kIo, "planned"); };
  tasks.spawn(run_and_note_error(strand, first, pieces.errors));
  tasks.spawn(run_and_note_error(strand, second, pieces.errors));
  pieces.hand_in(strand, tasks, [&done] { ++done; });
  co_await tasks.join();
  CHECK(pieces.errors == std::vector(3, told));
  CHECK(done == 0);
}

}  // namespace

TEST_CASE("pool strand: pieces are done one at a time, in the order in which they were handed in") {
  run_task(pieces_keep_their_order);
}
TEST_CASE("pool strand: a piece begins when the one before it ends, whatever the I/O thread does") {
  run_task(next_piece_needs_no_io_thread);
}
TEST_CASE("pool strand: others of the pool have their turn between two pieces") { run_task(strand_takes_turns); }
TEST_CASE("pool strand: after a piece that failed none is begun, and its error is theirs") {
  Work fails = []() -> Result<void> { return fail(ErrorCode::kNoSpace, "planned"); };
  run_task([fails](Executor executor) { return nothing_after_a_failure(executor, fails, ErrorCode::kNoSpace); });
}
TEST_CASE("pool strand: after a piece that got no memory none is begun") {
  Work gets_none = []() -> Result<void> { throw std::bad_alloc(); };
  run_task([gets_none](Executor executor) { return nothing_after_a_failure(executor, gets_none, ErrorCode::kBusy); });
}
TEST_CASE("pool strand: of a session that is over nothing more is done") { run_task(strand_of_an_ended_session); }

}  // namespace ndisk::net
