// What goes on beside serving: the collector's rounds, and the limit on stopping. Each has a thread of its own.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "storage/drive.hpp"

namespace ndisk::server {

// Collects at once, then every hour and whenever somebody asks. The destructor waits for a round under way, which
// Drive::end_long_work() cuts short.
class Housekeeper {
 public:
  // The drive must outlive it. Nothing happens before start().
  explicit Housekeeper(storage::Drive& drive) : drive_(drive) {}
  void start();
  // Another round begins now, or as soon as the one under way has ended. Does not wait; any thread.
  void collect_soon();

 private:
  void run(const std::stop_token& stop);
  void collect();

  storage::Drive& drive_;
  std::mutex mutex_;
  std::condition_variable_any woken_;
  bool wanted_ = false;
  std::jthread thread_;
};

// Ends the process if it is not destroyed in time: a disk that hangs must not make a stop hang. What was answered as
// committed is safe, as after a crash.
class StopWatchdog {
 public:
  explicit StopWatchdog(std::chrono::steady_clock::duration limit);

 private:
  std::mutex mutex_;
  std::condition_variable_any disarmed_;
  std::jthread thread_;
};

}  // namespace ndisk::server
