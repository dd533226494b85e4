// What is logged about peers who never logged in: strangers decide how often they come, not how much the log grows.
#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <string_view>

namespace ndisk::server {

// So many lines at once, then one in a while. Pure; one thread at a time.
class LineBudget {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;
  LineBudget(std::uint64_t lines, std::chrono::seconds one_in) : lines_(lines), most_(lines), one_in_(one_in) {}

  struct Answer {
    bool write = false;
    std::uint64_t left_out = 0;  // since the last line that was written
  };
  [[nodiscard]] Answer ask(TimePoint now);

 private:
  std::uint64_t lines_;
  const std::uint64_t most_;
  const std::chrono::seconds one_in_;
  TimePoint filled_{};
  std::uint64_t left_out_ = 0;
};

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
