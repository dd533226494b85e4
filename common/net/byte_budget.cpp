#include "common/net/byte_budget.hpp"

#include <algorithm>
#include <new>

namespace ndisk::net {

Task<ByteBudget::Share> ByteBudget::take(std::size_t bytes) {
  if (has_free(bytes)) {
    bytes = std::min(bytes, total_);
    free_ -= bytes;
    co_return Share(this, bytes);
  }
  Event served(executor_);
  auto share = co_await take_until(bytes, served, [] { return false; });
  co_return std::move(*share);
}

Task<std::optional<ByteBudget::Share>> ByteBudget::take_until(std::size_t bytes, Event& changed,
                                                              std::function<bool()> is_over) {
  bytes = std::min(bytes, total_);
  if (has_free(bytes)) {
    free_ -= bytes;
    co_return Share(this, bytes);
  }
  Waiter waiter{bytes, changed};
  const auto place = line_.insert(line_.end(), &waiter);
  try {
    while (!waiter.is_served && !is_over()) co_await changed.wait();
  } catch (const std::bad_alloc&) {
    leave(place, waiter);
    throw;
  }
  if (waiter.is_served) co_return Share(this, bytes);
  leave(place, waiter);
  co_return std::nullopt;
}

void ByteBudget::leave(Line::iterator place, const Waiter& waiter) {
  if (waiter.is_served) return give_back(waiter.bytes);
  line_.erase(place);
  serve();  // it may have been what those behind waited for
}

bool ByteBudget::has_free(std::size_t bytes) const { return line_.empty() && free_ >= std::min(bytes, total_); }

void ByteBudget::give_back(std::size_t bytes) {
  free_ += bytes;
  serve();
}

// Wakes only those who are served: a thousand may stand in line.
void ByteBudget::serve() {
  while (!line_.empty() && line_.front()->bytes <= free_) {
    auto& first = *line_.front();
    line_.pop_front();
    free_ -= first.bytes;
    first.is_served = true;
    first.changed.notify();
  }
}

}  // namespace ndisk::net
