#include "server/scrubber.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <new>

#include "common/pace.hpp"
#include "common/shown_name.hpp"

namespace ndisk::server {
namespace {

constexpr auto kAfterTrouble = std::chrono::hours(1);
constexpr std::int64_t kDaySeconds = 24 * 3600;

void log_finding(const storage::Finding& finding) {
  const auto level = finding.damage ? spdlog::level::err : spdlog::level::info;
  spdlog::log(level, "scrub found kind={} user={} path=\"{}\" version={} cause=\"{}\" advice=\"{}\"",
              storage::finding_word(finding.kind), finding.user, shown_name(finding.path), finding.version,
              finding.cause, finding.advice);
}

}  // namespace

void Scrubber::start() {
  if (plan_.days == 0) return;
  thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

std::uint64_t Scrubber::rate_for(const ScrubPlan& plan, std::uint64_t bytes) {
  const auto seconds = static_cast<std::uint64_t>(std::max<std::int64_t>(1, plan.days * kDaySeconds / 2));
  return std::clamp(bytes / seconds, plan.least_rate, plan.most_rate);
}

bool Scrubber::rest(const std::stop_token& stop, std::chrono::steady_clock::duration time) {
  std::unique_lock lock(mutex_);
  woken_.wait_for(lock, stop, time, [] { return false; });
  return stop.stop_requested();
}

void Scrubber::run(const std::stop_token& stop) {
  if (rest(stop, plan_.first_rest)) return;
  while (!stop.stop_requested()) {
    const auto left = rest_before_round();
    if (left > std::chrono::steady_clock::duration{}) {
      if (rest(stop, left)) return;
      continue;
    }
    try {
      scrub(stop);
    } catch (const std::bad_alloc&) {
      spdlog::error("scrub stopped reason=\"no memory\"");
      if (rest(stop, kAfterTrouble)) return;
    }
  }
}

std::chrono::steady_clock::duration Scrubber::rest_before_round() {
  const auto status = drive_.status();
  if (!status) return kAfterTrouble;
  total_bytes_ = status->stored_bytes;
  if (status->scrub_started || !status->scrub_ended) return {};
  const auto due = *status->scrub_ended + plan_.days * kDaySeconds / 2 * kSecondNs;
  const auto now = clock_.now();
  // A clock that was set back must not put it off for good.
  if (now >= due || now < *status->scrub_ended) return {};
  return std::min<std::chrono::steady_clock::duration>(std::chrono::nanoseconds(due - now), kAfterTrouble);
}

void Scrubber::scrub(const std::stop_token& stop) {
  auto check = drive_.check({.read_data = true, .purpose = storage::CheckPurpose::kScrub});
  Pace pace(rate_for(plan_, total_bytes_), std::chrono::steady_clock::now());
  std::vector<storage::Finding> found;
  Result<bool> more = check ? Result<bool>(true) : std::unexpected(check.error());
  while (more && *more) {
    const auto before = (*check)->report().bytes;
    more = (*check)->step(found);
    for (const auto& finding : found) log_finding(finding);
    found.clear();
    const auto pause = pace.after((*check)->report().bytes - before, std::chrono::steady_clock::now());
    if (rest(stop, pause)) return;
  }
  if (more) {
    const auto& report = (*check)->report();
    spdlog::info("scrub ended objects={} bytes={} damage={}", report.objects, report.bytes, report.damage);
    return;
  }
  if (more.error().code != ErrorCode::kShuttingDown) spdlog::error("scrub failed reason=\"{}\"", more.error().message);
  rest(stop, kAfterTrouble);
}

}  // namespace ndisk::server
