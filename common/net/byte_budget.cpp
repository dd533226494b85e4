#include "common/net/byte_budget.hpp"

#include <algorithm>
#include <new>

namespace ndisk::net {

Task<ByteBudget::Share> ByteBudget::take(std::size_t bytes) {
  bytes = std::min(bytes, total_);
  if (has_free(bytes)) {
    free_ -= bytes;
    co_return Share(this, bytes);
  }
  Waiter waiter{bytes, Event(executor_)};
  line_.push_back(&waiter);
  try {
    while (!waiter.is_served) co_await waiter.served.wait();
  } catch (const std::bad_alloc&) {
    std::erase(line_, &waiter);
    if (waiter.is_served) give_back(bytes);
    throw;
  }
  co_return Share(this, bytes);
}

bool ByteBudget::has_free(std::size_t bytes) const { return line_.empty() && free_ >= std::min(bytes, total_); }

// Wakes only those who are served: a thousand may stand in line.
void ByteBudget::give_back(std::size_t bytes) {
  free_ += bytes;
  while (!line_.empty() && line_.front()->bytes <= free_) {
    auto& first = *line_.front();
    line_.pop_front();
    free_ -= first.bytes;
    first.is_served = true;
    first.served.notify();
  }
}

}  // namespace ndisk::net
