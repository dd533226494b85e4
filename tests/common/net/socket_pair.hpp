// Two connected sockets in this process.
#pragma once

#include <sys/socket.h>

#include <array>
#include <utility>

#include "common/net/frame_connection.hpp"
#include "tests/catch.hpp"

namespace ndisk::net {

inline std::array<int, 2> descriptor_pair() {
  std::array<int, 2> descriptors{};
  REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, descriptors.data()) == 0);
  return descriptors;
}

inline std::pair<Socket, Socket> socket_pair(const Executor& executor) {
  const auto descriptors = descriptor_pair();
  return {Socket(executor, descriptors[0]), Socket(executor, descriptors[1])};
}

// Both ends as frame connections in plaintext, started.
struct ConnectionPair {
  explicit ConnectionPair(const Executor& executor) : ConnectionPair(executor, descriptor_pair()) {}
  ConnectionPair(const Executor& executor, std::array<int, 2> descriptors)
      : here(Socket(executor, descriptors[0]), make_plain_transport(descriptors[0])),
        there(Socket(executor, descriptors[1]), make_plain_transport(descriptors[1])) {
    here.start();
    there.start();
  }
  Task<> finish() {
    co_await here.finish();
    co_await there.finish();
  }
  FrameConnection here;
  FrameConnection there;
};

}  // namespace ndisk::net
