#include "server/line_budget.hpp"

#include <algorithm>
#include <utility>

namespace ndisk::server {

LineBudget::Answer LineBudget::ask(TimePoint now) {
  const auto due = (now - filled_) / one_in_;
  if (due > 0) {
    lines_ = std::min(most_, lines_ + static_cast<std::uint64_t>(due));
    filled_ += due * one_in_;
  }
  if (lines_ == 0) {
    ++left_out_;
    return {};
  }
  --lines_;
  return {true, std::exchange(left_out_, 0)};
}

}  // namespace ndisk::server
