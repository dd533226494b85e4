#include "server/housekeeper.hpp"

#include <spdlog/spdlog.h>

#include <cstdlib>
#include <new>

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

void Housekeeper::start() {
  thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

void Housekeeper::collect_soon() {
  const std::scoped_lock lock(mutex_);
  wanted_ = true;
  woken_.notify_all();
}

void Housekeeper::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    try {
      collect();
    } catch (const std::bad_alloc&) {
      spdlog::error("collect failed reason=\"no memory\"");
    }
    std::unique_lock lock(mutex_);
    woken_.wait_for(lock, stop, kCollectEvery, [this] { return wanted_; });
    wanted_ = false;
  }
}

void Housekeeper::collect() {
  const auto report = drive_.collect();
  if (!report && report.error().code == ErrorCode::kShuttingDown) return;
  if (!report) {
    spdlog::error("collect failed reason=\"{}\"", report.error().message);
    return;
  }
  const auto& done = *report;
  if (done.expired_uploads + done.trash + done.versions + done.nodes + done.objects + done.litter == 0) return;
  spdlog::info("collected expired_uploads={} trash={} versions={} nodes={} objects={} litter={}", done.expired_uploads,
               done.trash, done.versions, done.nodes, done.objects, done.litter);
}

StopWatchdog::StopWatchdog(std::chrono::steady_clock::duration limit)
    : thread_([this, limit](const std::stop_token& stop) {
        if (stopped_within(mutex_, disarmed_, stop, limit)) return;
        spdlog::error("stopping takes too long, probably because of the disk: leaving as after a crash");
        std::_Exit(1);
      }) {}

}  // namespace ndisk::server
