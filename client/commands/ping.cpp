#include <fmt/format.h>

#include <chrono>

#include "client/commands/commands.hpp"
#include "client/entry_text.hpp"

namespace ndisk::client {
namespace {

using protocol::FrameType;

struct Measured {
  double milliseconds = 0;
  TimeNs server_time = 0;
  double seconds_ahead = 0;  // the server's clock, of ours
  std::string software;
};

net::Task<Result<Measured>> measure(Link& link) {
  auto stream = co_await link.open_stream();
  if (!stream) co_return std::unexpected(stream.error());
  const auto start = std::chrono::steady_clock::now();
  const auto wall = SystemClock().now();
  auto sent = co_await (*stream)->send(FrameType::kPing, wire::Ping());
  if (!sent) co_return std::unexpected(sent.error());
  auto pong = co_await (*stream)->receive<wire::Pong>(FrameType::kPong);
  if (!pong) co_return std::unexpected(pong.error());
  const auto took = std::chrono::steady_clock::now() - start;
  (*stream)->mark_ended();
  Measured measured;
  measured.milliseconds = std::chrono::duration<double, std::milli>(took).count();
  measured.server_time = pong->time_ns();
  // Not as integers: a server may claim any time, also one whose distance from ours doesn't fit.
  const auto half_way = static_cast<long double>(wall) + std::chrono::nanoseconds(took).count() / 2;
  measured.seconds_ahead = static_cast<double>((static_cast<long double>(measured.server_time) - half_way) / kSecondNs);
  measured.software = stream->lease.session().server().software();
  co_return measured;
}

}  // namespace

net::Task<> ping(Context& context, const PingOptions&) {
  const auto measured = co_await measure(context.link);
  if (!measured) co_return context.tally.gave_up(measured.error());
  context.tally.done();
  if (context.output.json()) {
    context.output.add_object({{"type", std::string("ping")},
                               {"server", context.link.server_name()},
                               {"software", measured->software},
                               {"round_trip_ms", measured->milliseconds},
                               {"server_time", std::int64_t{measured->server_time}},
                               {"clock_offset_seconds", measured->seconds_ahead}});
    co_return;
  }
  context.output.add_line(fmt::format("{}: {:.2f} ms, {}, clock {} ({:+.3f} s)", context.link.server_name(),
                                      measured->milliseconds, printable(measured->software),
                                      shown_time(measured->server_time), measured->seconds_ahead));
}

}  // namespace ndisk::client
