#include "storage/heavy_turns.hpp"

#include <algorithm>

namespace ndisk::storage {

bool HeavyTurns::add(std::int64_t user, std::unique_ptr<Mutation>& mutation, std::size_t most) {
  const auto line = std::ranges::find(lines_, user, &Line::user);
  if (line != lines_.end()) {
    if (line->waiting.size() >= most) return false;
    line->waiting.push_back(std::move(mutation));
    return true;
  }
  std::list<Line> fresh(1);
  fresh.front().user = user;
  fresh.front().waiting.push_back(std::move(mutation));
  lines_.splice(lines_.end(), fresh);
  return true;
}

std::unique_ptr<Mutation> HeavyTurns::take() {
  auto& waiting = lines_.front().waiting;
  auto next = std::move(waiting.front());
  waiting.pop_front();
  if (waiting.empty()) {
    lines_.pop_front();
  } else {
    lines_.splice(lines_.end(), lines_, lines_.begin());
  }
  return next;
}

void HeavyTurns::ended(TimeNs now, bool others_wait) {
  others_first_ = others_wait;
  ended_ = now;
  pause_ = others_wait ? std::clamp<TimeNs>(now - began_, 0, kLongestPause) : 0;
}

TimeNs HeavyTurns::pause(TimeNs now) const {
  // A clock that was set back ends it.
  const auto passed = now - ended_;
  return passed < 0 ? 0 : std::max<TimeNs>(pause_ - passed, 0);
}

}  // namespace ndisk::storage
