// Ports of this machine's loopback with somebody behind them, and what answers there.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <list>

#include "common/net/frame_connection.hpp"
#include "common/net/tls.hpp"
#include "common/protocol/invite.hpp"
#include "tests/catch.hpp"

namespace ndisk::net {

// A port that is taken, and refuses until somebody listens. Then the kernel accepts, and nobody says anything.
class LoopbackPort {
 public:
  explicit LoopbackPort(const Executor& executor)
      : socket_(executor, ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in name{};
    name.sin_family = AF_INET;
    name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof name;
    auto* const any = reinterpret_cast<sockaddr*>(&name);
    REQUIRE(::bind(socket_.descriptor(), any, size) == 0);
    REQUIRE(::getsockname(socket_.descriptor(), any, &size) == 0);
    address_ = {"127.0.0.1", ntohs(name.sin_port)};
  }
  void listen() { REQUIRE(::listen(socket_.descriptor(), SOMAXCONN) == 0); }
  [[nodiscard]] Executor executor() const { return socket_.executor(); }
  [[nodiscard]] const protocol::HostPort& address() const { return address_; }
  // The next connection.
  Task<int> connection() {
    int descriptor = accept();
    while (descriptor < 0) {
      const auto came = co_await socket_.wait_for_connection();
      if (!came) break;
      descriptor = accept();
    }
    co_return descriptor;
  }
  // The same, if there is one; else -1.
  [[nodiscard]] int accept() { return ::accept4(socket_.descriptor(), nullptr, nullptr, SOCK_CLOEXEC); }

 protected:
  Socket socket_;

 private:
  protocol::HostPort address_;
};

struct Identity {
  ServerIdentity keys = make_server_identity().value();
  TlsServerContext context = TlsServerContext::create(keys).value();
  Digest pin = pin_of(keys.certificate_pem).value();
};

// From start() on it shakes hands with whoever comes, and sends each frame back. stop() before destruction.
class LoopbackServer : public LoopbackPort {
 public:
  LoopbackServer(const Executor& executor, const Identity& identity)
      : LoopbackPort(executor), identity_(identity), tasks_(executor) {
    listen();
  }
  void start() { tasks_.spawn(serve()); }
  Task<> stop() {
    socket_.close();
    for (auto& each : connections_) each.abort({ErrorCode::kCancelled, "the test is over", false});
    co_await tasks_.join();
  }

 private:
  Task<> serve() {
    for (;;) {
      const int descriptor = co_await connection();
      if (descriptor < 0) co_return;
      Socket socket(socket_.executor(), descriptor);
      connections_.emplace_back(std::move(socket), identity_.context.accept(descriptor));
      tasks_.spawn(answer(connections_.back()));
    }
  }
  static Task<> answer(FrameConnection& connection) {
    const auto shaken = co_await connection.handshake(std::chrono::seconds(60));
    if (shaken) {
      connection.start();
      for (auto frame = co_await connection.read_frame(); frame; frame = co_await connection.read_frame()) {
        protocol::Frame& got = *frame;
        const auto header = protocol::encode_header(got.header);
        Bytes whole(header.begin(), header.end());
        whole.insert(whole.end(), got.payload.begin(), got.payload.end());
        connection.post_frames(std::move(whole));
      }
    }
    co_await connection.finish();
  }

  const Identity& identity_;
  std::list<FrameConnection> connections_;
  TaskGroup tasks_;
};

}  // namespace ndisk::net
