#include "common/net/cork.hpp"

#include <netinet/tcp.h>

#include "common/net/bulk_frame.hpp"
#include "common/net/connect.hpp"
#include "tests/common/net/loopback.hpp"
#include "tests/common/net/run_task.hpp"

namespace ndisk::net {
namespace {

bool is_corked(int socket) {
  int value = -1;
  socklen_t size = sizeof value;
  REQUIRE(::getsockopt(socket, IPPROTO_TCP, TCP_CORK, &value, &size) == 0);
  return value != 0;
}

Task<> cork_comes_and_goes(Executor executor) {
  constexpr int kFrames = 64;  // 16 MiB: more than the sockets hold
  LoopbackPort port(executor);
  port.listen();
  std::vector<protocol::HostPort> addresses{port.address()};
  const ConnectTimes times{.limit = std::chrono::seconds(60)};
  auto connected = co_await connect_tcp(std::move(addresses), make_plain_transport, times);
  REQUIRE(connected.has_value());
  const int own = connected->socket.descriptor();
  FrameConnection here(std::move(connected->socket), std::move(connected->transport));
  const int accepted = co_await port.connection();
  Socket other(executor, accepted);
  auto transport = make_plain_transport(other.descriptor());
  FrameConnection there(std::move(other), std::move(transport));
  here.start();
  for (std::uint64_t i = 0; i < kFrames; ++i) {
    DataFrame data(protocol::kMaxDataBytes);
    std::ranges::fill(data.content(), static_cast<std::uint8_t>(i));
    here.post_frames(std::move(data).finish(1, i * protocol::kMaxDataBytes, protocol::kMaxDataBytes));
  }
  co_await settle(executor);
  CHECK(is_corked(own));
  for (int i = 0; i < kFrames; ++i) {
    const auto frame = co_await there.read_frame();
    REQUIRE(frame.has_value());
  }
  const auto flushed = co_await here.flush();
  REQUIRE(flushed.has_value());
  CHECK(!is_corked(own));
  co_await here.finish();
  co_await there.finish();
}

}  // namespace

TEST_CASE("cork: a socket has one while much is to be written, and none once all is") { run_task(cork_comes_and_goes); }

}  // namespace ndisk::net
