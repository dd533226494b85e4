#include "common/net/task.hpp"

#include <asio/co_spawn.hpp>
#include <asio/redirect_error.hpp>
#include <asio/this_coro.hpp>
#include <asio/use_awaitable.hpp>
#include <cstdio>
#include <cstdlib>
#include <new>
#include <thread>
#include <utility>

namespace ndisk::net {
namespace {

constexpr int kTriesWithoutMemory = 100;
constexpr auto kTryEvery = std::chrono::milliseconds(10);

}  // namespace

bool TriesWithoutMemory::pause() {
  if (++tries_ >= kTriesWithoutMemory) return false;
  std::this_thread::sleep_for(kTryEvery);
  return true;
}

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
  // Where asio gets no memory to call it at the end, it is destroyed: then the task leaves the group all the same.
  struct End {
    explicit End(TaskGroup& of) : group(&of) { ++group->running_; }
    End(End&& other) noexcept : group(std::exchange(other.group, nullptr)) {}
    End& operator=(End&&) = delete;
    ~End() {
      if (group == nullptr) return;
      if (group->out_of_memory_) group->out_of_memory_();
      group->leave();
    }
    void operator()(const std::exception_ptr& error) {
      auto* const left = std::exchange(group, nullptr);
      if (error) left->take(error);
      left->leave();
    }
    TaskGroup* group;
  };
  asio::co_spawn(executor_, std::move(task), End(*this));
}

void TaskGroup::leave() {
  --running_;
  ended_.notify();
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
