#include "common/net/task.hpp"

#include <asio/co_spawn.hpp>
#include <asio/redirect_error.hpp>
#include <asio/this_coro.hpp>
#include <asio/use_awaitable.hpp>
#include <cstdio>
#include <cstdlib>
#include <new>

namespace ndisk::net {

Event::Event(const Executor& executor) : timer_(executor, TimePoint::max()) {}

void Event::notify() { timer_.cancel(); }

Task<> Event::wait() {
  asio::error_code cancelled;
  co_await timer_.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
}

TaskGroup::~TaskGroup() {
  if (running_ == 0) return;
  std::fputs("tasks are left whose group ends\n", stderr);
  std::abort();
}

void TaskGroup::spawn(Task<> task) {
  ++running_;
  auto ended = [this](const std::exception_ptr& error) {
    if (error) take(error);
    --running_;
    ended_.notify();
  };
  try {
    asio::co_spawn(executor_, std::move(task), std::move(ended));
  } catch (const std::bad_alloc&) {
    --running_;
    throw;
  }
}

void TaskGroup::take(const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const std::bad_alloc& fault) {
    if (out_of_memory_) return out_of_memory_();
    std::fprintf(stderr, "a task failed: %s\n", fault.what());
  } catch (const std::exception& fault) {
    std::fprintf(stderr, "a task failed: %s\n", fault.what());
  }
  std::abort();
}

Task<> TaskGroup::join() {
  while (running_ > 0) co_await ended_.wait();
}

Task<> sleep_for(Duration duration) {
  asio::steady_timer timer(co_await asio::this_coro::executor, duration);
  asio::error_code ignored;
  co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
}

}  // namespace ndisk::net
