#include "server/housekeeper.hpp"

#include <spdlog/spdlog.h>

#include <cstdlib>

namespace ndisk::server {
namespace {

constexpr auto kCollectEvery = std::chrono::hours(1);

// True if the stop came first.
bool stopped_within(std::mutex& mutex, std::condition_variable_any& changed, const std::stop_token& stop,
                    std::chrono::steady_clock::duration limit) {
  std::unique_lock lock(mutex);
  changed.wait_for(lock, stop, limit, [] { return false; });
  return stop.stop_requested();
}

}  // namespace

Housekeeper::Housekeeper(storage::Drive& drive)
    : drive_(drive), thread_([this](const std::stop_token& stop) { run(stop); }) {}

void Housekeeper::run(const std::stop_token& stop) {
  do {
    collect();
  } while (!stopped_within(mutex_, stopped_, stop, kCollectEvery));
}

void Housekeeper::collect() {
  const auto report = drive_.collect();
  if (!report && report.error().code == ErrorCode::kShuttingDown) return;
  if (!report) {
    spdlog::error("collect failed reason=\"{}\"", report.error().message);
  } else if (report->expired_uploads + report->objects + report->litter > 0) {
    spdlog::info("collected expired_uploads={} objects={} litter={}", report->expired_uploads, report->objects,
                 report->litter);
  }
}

StopWatchdog::StopWatchdog(std::chrono::steady_clock::duration limit)
    : thread_([this, limit](const std::stop_token& stop) {
        if (stopped_within(mutex_, disarmed_, stop, limit)) return;
        spdlog::error("stopping takes too long, probably because of the disk: leaving as after a crash");
        std::_Exit(1);
      }) {}

}  // namespace ndisk::server
