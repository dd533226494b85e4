// SmallFileTurns: how many small files are open at once, from before they are made until they are durable: each costs
// the process a descriptor.
//
// Any thread but the commit queue's and its ObjectSync's, which are what ends a wait. Outlives all turns.
#pragma once

#include <algorithm>
#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <utility>

namespace ndisk::storage {

class SmallFileTurns {
 public:
  // One file's; given back when destroyed, or replaced by none.
  class Turn {
   public:
    Turn() = default;
    Turn(Turn&& other) noexcept : turns_(std::exchange(other.turns_, nullptr)) {}
    Turn& operator=(Turn&& other) noexcept {
      if (this != &other) reset();
      turns_ = std::exchange(other.turns_, nullptr);
      return *this;
    }
    ~Turn() { reset(); }

    void reset() noexcept {
      if (turns_ != nullptr) turns_->give_back();
      turns_ = nullptr;
    }

   private:
    friend class SmallFileTurns;
    explicit Turn(SmallFileTurns& turns) : turns_(&turns) {}
    SmallFileTurns* turns_ = nullptr;
  };

  explicit SmallFileTurns(std::size_t files) : free_(std::max<std::size_t>(files, 1)) {}

  // Waits until one is free.
  [[nodiscard]] Turn take() {
    std::unique_lock lock(mutex_);
    given_back_.wait(lock, [this] { return free_ > 0; });
    --free_;
    return Turn(*this);
  }

 private:
  void give_back() noexcept {
    const std::scoped_lock lock(mutex_);
    ++free_;
    given_back_.notify_one();
  }

  std::mutex mutex_;
  std::condition_variable given_back_;
  std::size_t free_;
};

}  // namespace ndisk::storage
