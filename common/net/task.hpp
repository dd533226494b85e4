// Coroutines of one I/O thread: Task, Event, TaskGroup.
//
// Task is asio's awaitable. Everything here belongs to one thread: the one that runs the io_context it was made with.
#pragma once

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>
#include <asio/steady_timer.hpp>
#include <chrono>
#include <cstddef>
#include <exception>
#include <functional>

#include "common/error.hpp"

namespace ndisk::net {

template <class T = void>
using Task = asio::awaitable<T>;

using Executor = asio::any_io_executor;
using Duration = std::chrono::steady_clock::duration;
using TimePoint = std::chrono::steady_clock::time_point;

// Wakes every coroutine that waits, as often as it is notified. A waiter looks at its own condition again in a loop,
// as with a condition variable.
class Event {
 public:
  explicit Event(const Executor& executor);
  void notify();
  // Returns after the next notify().
  Task<> wait();

 private:
  asio::steady_timer timer_;
};

// The pauses between the tries of one thing that has to be done, or waited for, in any case, while there is no memory
// for it. They block the thread: any other way to wait takes memory too.
class TriesWithoutMemory {
 public:
  // After a try that got none: returns when it is time for the next, as others give memory back meanwhile. False: that
  // was the last one, after a second.
  [[nodiscard]] bool pause();

 private:
  int tries_ = 0;
};

// Runs coroutines and waits for all of them: every coroutine has an owner. Must be empty when destroyed: what is left
// would go on without it, so the process ends.
class TaskGroup {
 public:
  // Called, on the thread of the tasks, when one of them ended because it could get no memory, or there was none to
  // tell how it ended.
  using OutOfMemory = std::move_only_function<void()>;
  explicit TaskGroup(const Executor& executor, OutOfMemory out_of_memory = nullptr)
      : executor_(executor), ended_(executor), out_of_memory_(std::move(out_of_memory)) {}
  TaskGroup(const TaskGroup&) = delete;
  TaskGroup& operator=(const TaskGroup&) = delete;
  ~TaskGroup();

  // An exception that leaves the task is a fault of the program: it ends the process, with its text. Only where memory
  // is what is missing, and the group has somebody to tell, the task alone ends. std::bad_alloc: it could not begin.
  void spawn(Task<> task);
  [[nodiscard]] std::size_t size() const { return running_; }
  // Returns when no task is left.
  Task<> join();

 private:
  void take(const std::exception_ptr& error);
  void leave();

  Executor executor_;
  Event ended_;
  OutOfMemory out_of_memory_;
  std::size_t running_ = 0;
};

// Sleeps; returns early if the io_context stops.
Task<> sleep_for(Duration duration);

}  // namespace ndisk::net
