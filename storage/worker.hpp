// Worker: a thread that runs tasks in order. Thread-safe; a task must end by itself. One that gets no memory is logged.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <new>
#include <thread>

#include "storage/log.hpp"

namespace ndisk::storage {

class Worker {
 public:
  using Task = std::move_only_function<void()>;

  Worker() : thread_([this] { run_thread(); }) {}
  ~Worker() { stop(); }
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  // After stop() the task is dropped.
  void post(Task task) {
    const std::scoped_lock lock(mutex_);
    if (stopping_) return;
    tasks_.push_back(std::move(task));
    arrived_.notify_one();
  }

  // Runs what was posted, then ends the thread.
  void stop() {
    {
      const std::scoped_lock lock(mutex_);
      stopping_ = true;
      arrived_.notify_one();
    }
    if (thread_.joinable()) thread_.join();
  }

 private:
  void run_thread() {
    for (;;) {
      std::unique_lock lock(mutex_);
      arrived_.wait(lock, [this] { return !tasks_.empty() || stopping_; });
      if (tasks_.empty()) return;
      auto task = std::move(tasks_.front());
      tasks_.pop_front();
      lock.unlock();
      try {
        task();
      } catch (const std::bad_alloc&) {
        log_warning("no memory for what was to be done to an upload: it stays as it is");
      }
    }
  }

  std::mutex mutex_;
  std::condition_variable arrived_;
  std::deque<Task> tasks_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace ndisk::storage
