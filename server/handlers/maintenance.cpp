#include <spdlog/spdlog.h>

#include <asio/redirect_error.hpp>
#include <asio/steady_timer.hpp>
#include <asio/use_awaitable.hpp>

#include "common/pace.hpp"
#include "server/handlers/administration.hpp"
#include "server/handlers/rows.hpp"
#include "server/maintenance_messages.hpp"

namespace ndisk::server {
namespace {

using protocol::FrameType;

constexpr auto kReportEvery = std::chrono::seconds(2);
constexpr auto kLongestRest = std::chrono::milliseconds(500);

// Waits, but not for longer than it takes to notice that the client has gone.
net::Task<> rest(Stream& stream, std::chrono::steady_clock::duration time) {
  asio::steady_timer timer(stream.executor());
  const auto until = std::chrono::steady_clock::now() + time;
  while (!stream.is_over() && std::chrono::steady_clock::now() < until) {
    timer.expires_at(std::min(until, std::chrono::steady_clock::now() + kLongestRest));
    asio::error_code ignored;
    co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  }
}

// Runs a check to its end, a step at a time, so that none of the pool's threads is taken for long.
class CheckRun {
 public:
  CheckRun(Request& request, storage::Check& check, std::uint64_t rate)
      : request_(request), check_(check), pace_(rate, std::chrono::steady_clock::now()) {}

  net::Task<Result<void>> run() {
    RowWriter<wire::Maintenance> writer(request_.stream, FrameType::kMaintenance);
    std::vector<storage::Finding> found;
    auto step = [this, &found] { return check_.step(found); };
    auto reported = std::chrono::steady_clock::now();
    for (bool more = true; more && !request_.stream.is_over();) {
      const auto read_before = check_.report().bytes;
      // It may wait for the catalog's writer.
      const auto stepped = co_await net::run_blocking(request_.upload_pool, step);
      // Also of a step that was cut short: what it moved is told by nobody else.
      for (const auto& finding : found) {
        auto row = to_wire(finding);
        auto sent = co_await writer.add(&wire::Maintenance::mutable_findings, std::move(row));
        if (!sent) co_return sent;
      }
      found.clear();
      if (!stepped) {
        static_cast<void>(co_await writer.flush());
        co_return std::unexpected(stepped.error());
      }
      more = *stepped;
      const auto now = std::chrono::steady_clock::now();
      if (now - reported >= kReportEvery) {
        auto sent = co_await writer.flush();
        if (sent) sent = co_await send_progress();
        if (!sent) co_return sent;
        reported = now;
      }
      const auto pause = pace_.after(check_.report().bytes - read_before, now);
      co_await rest(request_.stream, pause);
    }
    auto flushed = co_await writer.flush();
    if (!flushed || request_.stream.is_over()) co_return flushed;
    wire::Maintenance last;
    *last.mutable_check() = to_wire(check_.report());
    co_return co_await request_.stream.send(FrameType::kMaintenance, last);
  }

 private:
  net::Task<Result<void>> send_progress() {
    wire::Maintenance page;
    *page.mutable_progress() = to_wire(check_.progress());
    co_return co_await request_.stream.send(FrameType::kMaintenance, page);
  }

  Request& request_;
  storage::Check& check_;
  Pace pace_;
};

// Its end may write down how far it came, for which it may wait for the catalog's writer.
net::Task<> end_check(Request& request, std::unique_ptr<storage::Check>& check) {
  auto end = [&check]() -> Result<void> {
    check.reset();
    return {};
  };
  static_cast<void>(co_await net::run_blocking(request.upload_pool.to_the_end(), end));
}

}  // namespace

net::Task<> handle_check(Request request, Stream::Incoming first) {
  if (!check_administrator(request)) co_return;
  const auto message = protocol::parse_message<wire::Check>(first.frame.payload);
  if (!message) co_return request.stream.answer(message.error());
  const storage::CheckRequest wanted{
      .read_data = message->read_data(), .repair = message->repair(), .restart = message->restart()};
  auto begin = [&] { return request.services.drive.check(wanted); };
  auto check = co_await net::run_blocking(request.pool, begin);
  if (!check) co_return request.stream.answer(check.error());
  CheckRun run(request, **check, message->rate());
  Result<void> done;
  try {
    done = co_await run.run();
  } catch (const std::bad_alloc&) {
    done = std::unexpected(out_of_memory());
  }
  const auto report = (*check)->report();
  for (net::TriesWithoutMemory tries; *check;) {
    try {
      co_await end_check(request, *check);
    } catch (const std::bad_alloc&) {
    }
    if (*check && !tries.pause()) throw std::bad_alloc();
  }
  spdlog::info("check ended objects={} bytes={} damage={} mended={}", report.objects, report.bytes, report.damage,
               report.mended);
  end_rows(request.stream, done);
}

net::Task<> handle_collect_now(Request request, Stream::Incoming first) {
  if (!check_administrator(request)) co_return;
  const auto message = protocol::parse_message<wire::CollectNow>(first.frame.payload);
  if (!message) co_return request.stream.answer(message.error());
  auto collect = [&request] { return request.services.drive.collect_all(); };
  const auto report = co_await net::run_blocking(request.upload_pool, collect);
  if (!report) co_return request.stream.answer(report.error());
  wire::Maintenance page;
  *page.mutable_collect() = to_wire(*report);
  const auto sent = co_await request.stream.send(FrameType::kMaintenance, page);
  end_rows(request.stream, sent);
}

}  // namespace ndisk::server
