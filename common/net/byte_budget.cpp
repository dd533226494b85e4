#include "common/net/byte_budget.hpp"

#include <algorithm>

namespace ndisk::net {

Task<ByteBudget::Share> ByteBudget::take(std::size_t bytes) {
  bytes = std::min(bytes, total_);
  const auto ticket = next_ticket_++;
  while (ticket != served_ || free_ < bytes) co_await returned_.wait();
  free_ -= bytes;
  ++served_;
  if (served_ != next_ticket_) returned_.notify();  // the next in line may fit too
  co_return Share(this, bytes);
}

bool ByteBudget::has_free(std::size_t bytes) const {
  return served_ == next_ticket_ && free_ >= std::min(bytes, total_);
}

void ByteBudget::give_back(std::size_t bytes) {
  free_ += bytes;
  returned_.notify();
}

}  // namespace ndisk::net
