// Blocking work off the I/O threads: a bounded pool, and run_blocking, the one door to it.
#pragma once

#include <asio/associated_executor.hpp>
#include <asio/async_result.hpp>
#include <asio/executor_work_guard.hpp>
#include <asio/post.hpp>
#include <asio/use_awaitable.hpp>
#include <atomic>
#include <condition_variable>
#include <cstdlib>
#include <functional>
#include <memory>
#include <mutex>
#include <new>
#include <optional>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include "common/net/task.hpp"
#include "common/net/turns.hpp"

namespace ndisk::net {

// A fixed number of threads and a queue, in which users and sessions take turns. The queue's length is bounded by the
// byte and stream budgets of those who submit. submit() may be called from any thread. The destructor runs what is
// queued, then joins.
class BlockingPool {
 public:
  explicit BlockingPool(std::size_t threads);
  ~BlockingPool();
  BlockingPool(const BlockingPool&) = delete;
  BlockingPool& operator=(const BlockingPool&) = delete;

  void submit(std::move_only_function<void()> work) { submit({}, std::move(work)); }
  void submit(Turn turn, std::move_only_function<void()> work);
  // From work on one of the pool's own threads, which is about to end: as that thread looks for more work itself, no
  // other is woken.
  void submit_next(Turn turn, std::move_only_function<void()> work);

 private:
  void run();

  std::mutex mutex_;
  std::condition_variable ready_;
  Turns<std::move_only_function<void()>> queue_;
  bool stopping_ = false;
  std::size_t idle_ = 0;  // threads that wait
  bool waking_ = false;   // one of them was woken, and has not looked yet: it wakes the next if there is work for two
  std::vector<std::jthread> threads_;
};

// A pool, as one session sees it: what it submits waits for its turn. Pool and `is_over` must outlive what is
// submitted.
class PoolTurn {
 public:
  // With the turn that all share who have none of their own.
  PoolTurn(BlockingPool& pool, Turn turn = {}) : pool_(&pool), turn_(turn) {}  // NOLINT(google-explicit-constructor)
  // Once `is_over`, what waits for its turn and can fail is not done: nobody waits for what comes of it.
  PoolTurn(BlockingPool& pool, Turn turn, const std::atomic<bool>& is_over)
      : pool_(&pool), turn_(turn), is_over_(&is_over) {}
  // The same turn, for what has to be done in any case.
  [[nodiscard]] PoolTurn to_the_end() const { return {*pool_, turn_}; }

  void submit(std::move_only_function<void()> work) const { pool_->submit(turn_, std::move(work)); }
  void submit_next(std::move_only_function<void()> work) const { pool_->submit_next(turn_, std::move(work)); }
  [[nodiscard]] bool is_over() const { return is_over_ != nullptr && *is_over_; }

 private:
  BlockingPool* pool_;
  Turn turn_;
  const std::atomic<bool>* is_over_ = nullptr;
};

[[nodiscard]] inline std::unexpected<Error> session_is_over() {
  return fail(ErrorCode::kCancelled, "the session has ended");
}

// A coroutine that waits for an operation: what resumes it, and with what. In its own frame, so that nothing that fails
// on the way back can destroy it.
template <class T>
struct Waiting {
  using Handler = asio::async_result<asio::use_awaitable_t<>, void(T)>::handler_type;
  std::optional<Handler> handler;
  std::optional<T> value;
};

// Posts; tries again for a while if there is no memory for it, then ends the process: somebody would wait for ever.
void post_in_any_case(const Executor& executor, void (*work)(void*), void* argument) noexcept;

// Resumes, on its own thread, the coroutine that waits for an operation: with what comes of it, or, if the operation is
// dropped because it gets no memory somewhere on its way, with that error.
template <class T>
class Resumption {
 public:
  explicit Resumption(Waiting<T>& waiting)
      : executor_(asio::get_associated_executor(*waiting.handler)),
        guard_(asio::make_work_guard(executor_)),
        waiting_(&waiting) {}
  Resumption(Resumption&& other) noexcept
      : executor_(other.executor_), guard_(std::move(other.guard_)), waiting_(std::exchange(other.waiting_, nullptr)) {}
  Resumption& operator=(Resumption&&) = delete;
  ~Resumption() {
    if constexpr (std::is_constructible_v<T, std::unexpected<Error>>) {
      if (waiting_ != nullptr) (*this)(std::unexpected(out_of_memory()));
    } else {
      if (waiting_ != nullptr) std::abort();  // nothing can tell who waits
    }
  }

  void operator()(T value) noexcept {
    auto* const waiting = std::exchange(waiting_, nullptr);
    waiting->value.emplace(std::move(value));
    post_in_any_case(executor_, resume, waiting);
  }

 private:
  static void resume(void* argument) {
    auto& waiting = *static_cast<Waiting<T>*>(argument);
    auto handler = std::move(*waiting.handler);
    handler(*std::move(waiting.value));
  }

  Executor executor_;
  asio::executor_work_guard<Executor> guard_;
  Waiting<T>* waiting_;
};

// Starts an operation that reports its end, once, through a callback on any thread, and resumes the caller on its own
// thread with the result: `auto r = co_await completion_of<T>(start);` where start takes a Resumption<T>, or what can
// be made of one. T must be default constructible. A Result is kBusy, retryable, if there is no memory.
template <class T, class Start>
Task<T> completion_of(Start start) {
  Waiting<T> waiting;
  auto initiation = [&start, &waiting](auto handler) {
    waiting.handler.emplace(std::move(handler));
    Resumption<T> resume(waiting);
    try {
      start(std::move(resume));
    } catch (const std::bad_alloc&) {
      if constexpr (!std::is_constructible_v<T, std::unexpected<Error>>) throw;
    }
  };
  co_return co_await asio::async_initiate<const asio::use_awaitable_t<>, void(T)>(std::move(initiation),
                                                                                  asio::use_awaitable);
}

// What `work` returns; out_of_memory() if that ended it.
template <class Work>
std::invoke_result_t<Work&> with_memory(Work& work) {
  using T = std::invoke_result_t<Work&>;
  if constexpr (std::is_constructible_v<T, std::unexpected<Error>>) {
    try {
      return work();
    } catch (const std::bad_alloc&) {
      return std::unexpected(out_of_memory());
    }
  } else {
    return work();
  }
}

// The same, but for a turn that is over: kCancelled.
template <class T, class Work>
T run_if_wanted(const PoolTurn& pool, Work& work) {
  if constexpr (std::is_constructible_v<T, std::unexpected<Error>>) {
    if (pool.is_over()) return session_is_over();
  }
  return with_memory(work);
}

// Runs `work` on the pool and resumes the caller on its own thread. What `work` refers to must live until then, which
// it does if it is in the caller's frame. kCancelled if the turn is over by then; kBusy, retryable, if there is no
// memory for it. Other exceptions from `work` end the process: blocking code returns Results.
template <class Work>
Task<std::invoke_result_t<Work&>> run_blocking(PoolTurn pool, Work work) {
  using T = std::invoke_result_t<Work&>;
  auto start = [pool, work = std::move(work)](Resumption<T> done) mutable {
    auto run = [pool, work = std::move(work), done = std::move(done)]() mutable { done(run_if_wanted<T>(pool, work)); };
    pool.submit(std::move(run));
  };
  co_return co_await completion_of<T>(std::move(start));
}

}  // namespace ndisk::net
