// Pins: content that somebody is about to refer to, held against the collector.
//
// Pin first, then ask the catalog whether the content is there: an object that is found healthy then stays until the
// pin goes. The collector marks objects as dying only while it holds a Guard, until the marks are committed; pin()
// waits meanwhile, so it must not be called from a completion. Thread-safe; must outlive its pins.
#pragma once

#include <condition_variable>
#include <map>
#include <mutex>
#include <utility>

#include "common/digest.hpp"

namespace ndisk::storage {

class Pins {
 public:
  class Pin {
   public:
    Pin() = default;
    Pin(Pin&& other) noexcept : pins_(std::exchange(other.pins_, nullptr)), sha256_(other.sha256_) {}
    Pin& operator=(Pin&& other) noexcept {
      std::swap(pins_, other.pins_);
      std::swap(sha256_, other.sha256_);
      return *this;
    }
    ~Pin() {
      if (pins_ != nullptr) pins_->remove(sha256_);
    }

   private:
    friend class Pins;
    Pin(Pins& pins, const Digest& sha256) : pins_(&pins), sha256_(sha256) {}
    Pins* pins_ = nullptr;
    Digest sha256_{};
  };

  [[nodiscard]] Pin pin(const Digest& sha256) {
    std::unique_lock lock(mutex_);
    guard_gone_.wait(lock, [this] { return !guarded_; });
    ++counts_[sha256];
    return Pin(*this, sha256);
  }

  // One at a time.
  class Guard {
   public:
    explicit Guard(Pins& pins) : pins_(pins) {
      const std::scoped_lock lock(pins_.mutex_);
      pins_.guarded_ = true;
    }
    Guard(const Guard&) = delete;
    Guard& operator=(const Guard&) = delete;
    ~Guard() {
      const std::scoped_lock lock(pins_.mutex_);
      pins_.guarded_ = false;
      pins_.guard_gone_.notify_all();
    }
    [[nodiscard]] bool is_pinned(const Digest& sha256) const {
      const std::scoped_lock lock(pins_.mutex_);
      return pins_.counts_.contains(sha256);
    }

   private:
    Pins& pins_;
  };

 private:
  void remove(const Digest& sha256) {
    const std::scoped_lock lock(mutex_);
    const auto found = counts_.find(sha256);
    if (--found->second == 0) counts_.erase(found);
  }

  std::mutex mutex_;
  std::condition_variable guard_gone_;
  bool guarded_ = false;
  std::map<Digest, int> counts_;
};

}  // namespace ndisk::storage
