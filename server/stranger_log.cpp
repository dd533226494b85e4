#include "server/stranger_log.hpp"

#include <spdlog/spdlog.h>

namespace ndisk::server {

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
