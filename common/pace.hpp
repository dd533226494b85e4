// Pace: work of a bounded rate. Says how long to rest after a piece of work; the caller rests. Pure; one thread.
#pragma once

#include <chrono>
#include <cstdint>

namespace ndisk {

class Pace {
 public:
  using Clock = std::chrono::steady_clock;
  // Units in a second; 0: no bound.
  Pace(std::uint64_t per_second, Clock::time_point start) : per_second_(per_second), due_(start) {}

  // How long to rest once so much more was done by `now`. Time in which nothing was done is not made up for.
  [[nodiscard]] Clock::duration after(std::uint64_t units, Clock::time_point now) {
    if (per_second_ == 0) return {};
    if (due_ < now - std::chrono::seconds(1)) due_ = now - std::chrono::seconds(1);
    const auto seconds = static_cast<double>(units) / static_cast<double>(per_second_);
    due_ += std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
    return due_ > now ? due_ - now : Clock::duration{};
  }

 private:
  std::uint64_t per_second_;
  Clock::time_point due_;
};

}  // namespace ndisk
