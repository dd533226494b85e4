#include "common/net/waiting_line.hpp"

#include <new>

namespace ndisk::net {

Task<> WaitingLine::wait(std::function<bool()> may_go) {
  if (line_.empty() && may_go()) co_return;
  Event woken(executor_);
  const auto place = line_.insert(line_.end(), &woken);
  try {
    while (place != line_.begin() || !may_go()) co_await woken.wait();
  } catch (const std::bad_alloc&) {
    leave(place);
    throw;
  }
  leave(place);
}

void WaitingLine::wake_first() {
  if (!line_.empty()) line_.front()->notify();
}

void WaitingLine::leave(Line::iterator place) {
  line_.erase(place);
  wake_first();
}

}  // namespace ndisk::net
