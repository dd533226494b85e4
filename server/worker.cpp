#include "server/worker.hpp"

#include <spdlog/spdlog.h>
#include <sys/socket.h>

#include <asio/post.hpp>
#include <asio/redirect_error.hpp>
#include <asio/use_awaitable.hpp>

#include "server/front_door.hpp"

namespace ndisk::server {

Worker::Worker(Services& services, net::Executor executor, std::size_t body_bytes)
    : services_(services),
      executor_(executor),
      bodies_(executor, body_bytes),
      stop_timer_(executor),
      tasks_(executor) {}

void Worker::add(int descriptor) {
  ++load_;
  auto start = [this, descriptor] { tasks_.spawn(serve(descriptor)); };
  asio::post(executor_, std::move(start));
}

net::Task<> Worker::serve(int descriptor) {
  net::Socket socket(executor_, descriptor);
  if (!stopping_) {
    const auto received = co_await receive(std::move(socket));
    if (!received) spdlog::info("connection turned away reason=\"{}\"", received.error().message);
  }
  --load_;
}

// Ends when the connection does. An error says why it never became a session.
net::Task<Result<void>> Worker::receive(net::Socket socket) {
  auto peer = peer_of(socket.descriptor());
  const auto login_deadline = std::chrono::steady_clock::now() + services_.limits.login;
  strangers_.insert(&socket);
  const auto readable = co_await socket.wait_readable(services_.limits.login);
  strangers_.erase(&socket);
  if (!readable) co_return fail_with_context(peer.shown, readable.error());
  std::uint8_t first_byte = 0;
  const auto count = ::recv(socket.descriptor(), &first_byte, 1, MSG_PEEK);
  if (count <= 0) co_return fail(ErrorCode::kNetwork, peer.shown + ": closed before it said anything");
  switch (dialect_of(first_byte)) {
    case Dialect::kTls: {
      if (peer.is_local) co_return fail(ErrorCode::kProtocol, peer.shown + ": TLS on the Unix socket");
      auto transport = services_.tls.accept(socket.descriptor());
      co_await run_session(std::move(socket), std::move(transport), std::move(peer), login_deadline);
      co_return Result<void>();
    }
    case Dialect::kPlainFrames: {
      if (!allows_plaintext(peer)) {
        const Error refusal{ErrorCode::kNotAllowed, "plaintext is not allowed here: use TLS", false};
        const auto frame =
            net::encode_frame(protocol::FrameType::kError, protocol::kSessionStream, protocol::to_wire(refusal));
        co_await turn_away(socket, as_text(frame));
        co_return fail(ErrorCode::kNotAllowed, peer.shown + ": plaintext is not allowed");
      }
      auto transport = net::make_plain_transport(socket.descriptor());
      co_await run_session(std::move(socket), std::move(transport), std::move(peer), login_deadline);
      co_return Result<void>();
    }
    case Dialect::kHttp:
      co_await turn_away(socket, kHttpAnswer);
      co_return fail(ErrorCode::kProtocol, peer.shown + ": an HTTP request");
    case Dialect::kGarbage: break;
  }
  co_return fail(ErrorCode::kProtocol, peer.shown + ": neither TLS nor ndisk");
}

bool Worker::allows_plaintext(const Peer& peer) const {
  if (peer.is_local) return true;
  if (services_.plaintext == PlaintextPolicy::kLoopback) return peer.is_loopback;
  return services_.plaintext == PlaintextPolicy::kAlways;
}

net::Task<> Worker::run_session(net::Socket socket, std::unique_ptr<net::Transport> transport, Peer peer,
                                net::TimePoint login_deadline) {
  Session session(services_, bodies_, login_deadline, std::move(socket), std::move(transport), std::move(peer));
  sessions_.insert(&session);
  co_await session.run();
  sessions_.erase(&session);
}

// The words fit any socket buffer. What the peer sent is read first, or closing would reset the connection and the
// words be lost with it.
net::Task<> Worker::turn_away(net::Socket& socket, std::string_view last_words) {
  auto transport = net::make_plain_transport(socket.descriptor());
  net::FrameConnection connection(std::move(socket), std::move(transport));
  connection.start();
  const auto bytes = as_bytes(last_words);
  connection.post_frames(Bytes(bytes.begin(), bytes.end()));
  co_await connection.say_goodbye(services_.limits.farewell);
  co_await connection.drain(services_.limits.farewell);
  co_await connection.finish();
}

net::Task<> Worker::stop() {
  stopping_ = true;
  for (auto* socket : strangers_) socket->close();
  const auto sessions = sessions_;  // one that ends at once leaves the set
  for (auto* session : sessions) session->go_away();
  net::TaskGroup watch(executor_);
  watch.spawn(end_sessions());
  co_await tasks_.join();
  stop_timer_.cancel();
  co_await watch.join();
}

net::Task<> Worker::end_sessions() {
  const Error reason{ErrorCode::kShuttingDown, "the server is stopping: try again", true};
  asio::error_code cancelled;
  stop_timer_.expires_after(services_.limits.stop);
  co_await stop_timer_.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
  if (cancelled) co_return;
  for (auto* session : sessions_) session->end(reason);
  stop_timer_.expires_after(services_.limits.farewell);
  co_await stop_timer_.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
  if (cancelled) co_return;
  for (auto* session : sessions_) session->abort(reason);
}

}  // namespace ndisk::server
