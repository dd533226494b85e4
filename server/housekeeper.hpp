// What goes on beside serving: the collector's rounds, and the limit on stopping. Each has a thread of its own.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "storage/drive.hpp"

namespace ndisk::server {

// Collects at once and then every hour. The destructor waits for a round under way, which Drive::close() cuts short.
class Housekeeper {
 public:
  explicit Housekeeper(storage::Drive& drive);

 private:
  void run(const std::stop_token& stop);
  void collect();

  storage::Drive& drive_;
  std::mutex mutex_;
  std::condition_variable_any stopped_;
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
