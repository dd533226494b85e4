// What is logged of what users do: they decide what they do, not how much the log grows.
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <string_view>

#include "server/line_budget.hpp"

namespace ndisk::server {

// Any thread. As many users are remembered as ever logged in: some hundred bytes each.
class UserLog {
 public:
  // A line as a whole, names in it by log_name().
  void write(const std::string& user, std::string_view line);

 private:
  std::mutex mutex_;
  std::map<std::string, LineBudget> budgets_;
};

// As shown_name(), at most some 300 bytes of it: a path has up to 4096 bytes, each of which may be shown as four.
[[nodiscard]] std::string log_name(std::string_view bytes);

}  // namespace ndisk::server
