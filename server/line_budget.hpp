// How many lines of a kind are logged: so many at once, then one in a while. Pure; one thread at a time.
#pragma once

#include <chrono>
#include <cstdint>

namespace ndisk::server {

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

}  // namespace ndisk::server
