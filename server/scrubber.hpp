// Scrubber: reads all that the drive holds, slowly, over and over, so that content which rots on the disk is found
// while there are still copies of it. A thread of its own.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "common/clock.hpp"
#include "storage/drive.hpp"

namespace ndisk::server {

struct ScrubPlan {
  std::int64_t days = 30;  // a round and the rest after it take so long together, or a little more; 0: no scrub
  std::chrono::steady_clock::duration first_rest = std::chrono::minutes(10);  // after a start
  std::uint64_t least_rate = 1 << 20;                                         // bytes a second
  std::uint64_t most_rate = 64 << 20;
};

class Scrubber {
 public:
  // Both must outlive it. Nothing happens before start(), and nothing at all with 0 days. The destructor waits for the
  // step under way.
  Scrubber(storage::Drive& drive, const Clock& clock, const ScrubPlan& plan)
      : drive_(drive), clock_(clock), plan_(plan) {}
  void start();

  // So many bytes in half of the days, within the bounds of the plan. Pure.
  [[nodiscard]] static std::uint64_t rate_for(const ScrubPlan& plan, std::uint64_t bytes);

 private:
  void run(const std::stop_token& stop);
  // How long to wait for the next round; nothing: it is due.
  std::chrono::steady_clock::duration rest_before_round();
  void scrub(const std::stop_token& stop);
  // True if it is to stop.
  bool rest(const std::stop_token& stop, std::chrono::steady_clock::duration time);

  storage::Drive& drive_;
  const Clock& clock_;
  const ScrubPlan plan_;
  std::uint64_t total_bytes_ = 0;  // the thread's own
  std::mutex mutex_;
  std::condition_variable_any woken_;
  std::jthread thread_;
};

}  // namespace ndisk::server
