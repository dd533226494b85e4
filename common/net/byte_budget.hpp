// A budget of bytes that coroutines of one thread share: back-pressure.
#pragma once

#include <cstddef>
#include <functional>
#include <list>
#include <optional>
#include <utility>

#include "common/net/task.hpp"

namespace ndisk::net {

class ByteBudget {
 public:
  // Gives its bytes back when destroyed. Must not outlive the budget.
  class Share {
   public:
    Share() = default;
    Share(Share&& other) noexcept : budget_(std::exchange(other.budget_, nullptr)), bytes_(other.bytes_) {}
    Share& operator=(Share&& other) noexcept {
      std::swap(budget_, other.budget_);
      std::swap(bytes_, other.bytes_);
      return *this;
    }
    ~Share() {
      if (budget_ != nullptr) budget_->give_back(bytes_);
    }

    // Gives back what it has beyond so many bytes.
    void shrink(std::size_t bytes) {
      if (budget_ == nullptr || bytes >= bytes_) return;
      budget_->give_back(bytes_ - bytes);
      bytes_ = bytes;
    }

   private:
    friend class ByteBudget;
    Share(ByteBudget* budget, std::size_t bytes) : budget_(budget), bytes_(bytes) {}
    ByteBudget* budget_ = nullptr;
    std::size_t bytes_ = 0;
  };

  ByteBudget(const Executor& executor, std::size_t bytes) : executor_(executor), free_(bytes), total_(bytes) {}

  // Waits until that many bytes are free; more than the whole budget counts as the whole budget. First come, first
  // served, so a large wish is not starved by small ones.
  Task<Share> take(std::size_t bytes);
  // The same for who may lose interest: leaves the line once `is_over`, which is asked whenever `changed` is notified.
  // None then, save where it was served in the same moment.
  Task<std::optional<Share>> take_until(std::size_t bytes, Event& changed, std::function<bool()> is_over);
  // Whether take() would return at once.
  [[nodiscard]] bool has_free(std::size_t bytes) const;

 private:
  // One that stands in line; in the frame of its take().
  struct Waiter {
    std::size_t bytes;
    Event& changed;  // notified when it is served
    bool is_served = false;
  };
  using Line = std::list<Waiter*>;

  void give_back(std::size_t bytes);
  void serve();
  // Gives back what the waiter got, too.
  void leave(Line::iterator place, const Waiter& waiter);

  Executor executor_;
  std::size_t free_;
  std::size_t total_;
  Line line_;  // takes no memory while it is empty
};

}  // namespace ndisk::net
