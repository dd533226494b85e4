#include "common/net/blocking_pool.hpp"

#include <cstdio>
#include <cstdlib>
#include <new>

namespace ndisk::net {

BlockingPool::BlockingPool(std::size_t threads) {
  for (std::size_t i = 0; i < threads; ++i) threads_.emplace_back([this] { run(); });
}

BlockingPool::~BlockingPool() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  ready_.notify_all();
}

void BlockingPool::submit(Turn turn, std::move_only_function<void()> work) {
  {
    std::lock_guard lock(mutex_);
    queue_.push(turn, std::move(work));
    if (idle_ == 0 || waking_) return;
    waking_ = true;
  }
  ready_.notify_one();
}

void BlockingPool::submit_next(Turn turn, std::move_only_function<void()> work) {
  const std::lock_guard lock(mutex_);
  queue_.push(turn, std::move(work));
}

void BlockingPool::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    while (queue_.empty() && !stopping_) {
      ++idle_;
      ready_.wait(lock);
      --idle_;
      waking_ = false;
    }
    if (queue_.empty()) return;
    auto work = queue_.pop();
    const bool wake = !queue_.empty() && idle_ > 0 && !waking_;
    waking_ = waking_ || wake;
    lock.unlock();
    if (wake) ready_.notify_one();
    try {
      work();
    } catch (const std::bad_alloc&) {
      std::fputs("a pool's thread got no memory for its work\n", stderr);  // who waits for it learns it (Resumption)
    }
    work = nullptr;
    lock.lock();
  }
}

void post_in_any_case(const Executor& executor, void (*work)(void*), void* argument) noexcept {
  TriesWithoutMemory tries;
  do {
    try {
      return asio::post(executor, [work, argument] { work(argument); });
    } catch (const std::bad_alloc&) {
    }
  } while (tries.pause());
  std::fputs("no memory to tell who waits for it that work has ended\n", stderr);
  std::abort();
}

}  // namespace ndisk::net
