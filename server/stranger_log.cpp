#include "server/stranger_log.hpp"

#include <spdlog/spdlog.h>

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

void StrangerLog::write(std::string_view line) {
  LineBudget::Answer answer;
  {
    const std::lock_guard lock(mutex_);
    answer = budget_.ask(std::chrono::steady_clock::now());
  }
  if (!answer.write) return;
  if (answer.left_out > 0) spdlog::warn("strangers: lines left out count={}", answer.left_out);
  spdlog::warn("{}", line);
}

}  // namespace ndisk::server
