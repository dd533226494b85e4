// What is logged about peers who never logged in: strangers decide how often they come, not how much the log grows.
#pragma once

#include <mutex>
#include <string_view>

#include "server/line_budget.hpp"

namespace ndisk::server {

// Any thread.
class StrangerLog {
 public:
  // A line as a whole, peer and reason in it.
  void write(std::string_view line);

 private:
  std::mutex mutex_;
  LineBudget budget_{50, std::chrono::seconds(2)};
};

}  // namespace ndisk::server
