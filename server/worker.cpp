#include "server/worker.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <sys/socket.h>

#include <algorithm>
#include <asio/post.hpp>
#include <asio/redirect_error.hpp>
#include <asio/use_awaitable.hpp>
#include <cerrno>
#include <new>

#include "server/front_door.hpp"

namespace ndisk::server {

Worker::Worker(Services& services, net::Executor executor, std::size_t body_bytes)
    : services_(services),
      executor_(executor),
      bodies_(executor, body_bytes),
      stop_timer_(executor),
      tasks_(executor, [] { spdlog::warn("connection closed reason=\"no memory for it\""); }) {}

void Worker::add(storage::Fd descriptor, Peer peer, Door::Pass pass) {
  auto start = [this, place = Place(load_), descriptor = std::move(descriptor), peer = std::move(peer),
                pass = std::move(pass)]() mutable {
    const auto deadline = std::chrono::steady_clock::now() + services_.limits.login;
    net::Socket socket(executor_, descriptor.get());
    static_cast<void>(descriptor.release());
    Visitor visitor{.place = std::move(place),
                    .socket = std::move(socket),
                    .peer = std::move(peer),
                    .pass = std::move(pass),
                    .login_deadline = deadline,
                    .pause = asio::steady_timer(executor_)};
    tasks_.spawn(serve(std::move(visitor)));
  };
  asio::post(executor_, std::move(start));
}

void Worker::turn_out(Door::Ticket ticket) {
  auto find_and_end = [this, ticket] {
    const auto visitor = std::ranges::find_if(visitors_, [ticket](auto* one) { return one->pass.ticket() == ticket; });
    if (visitor != visitors_.end()) return end(**visitor);
    const auto session = std::ranges::find_if(sessions_, [ticket](auto* one) { return one->ticket() == ticket; });
    if (session != sessions_.end()) (*session)->turn_out();
  };
  asio::post(executor_, std::move(find_and_end));
}

net::Task<> Worker::serve(Visitor visitor) {
  if (stopping_) co_return;
  Result<void> received;
  try {
    received = co_await receive(visitor);
  } catch (const std::bad_alloc&) {
    visitors_.erase(&visitor);
    received = std::unexpected(out_of_memory());
  }
  if (received) co_return;
  services_.stranger_log.write(
      fmt::format("connection turned away peer={} reason=\"{}\"", visitor.peer.shown, received.error().message));
}

// Ends when the connection does. An error says why it never became a session.
net::Task<Result<void>> Worker::receive(Visitor& visitor) {
  visitors_.insert(&visitor);
  const auto first = co_await first_byte(visitor);
  Result<void> answered;
  if (first) {
    answered = co_await answer(visitor, *first);
  } else {
    answered = std::unexpected(first.error());
  }
  visitors_.erase(&visitor);
  co_return answered;
}

net::Task<Result<std::uint8_t>> Worker::first_byte(Visitor& visitor) {
  std::uint8_t byte = 0;
  for (ssize_t count = 0; count <= 0;) {
    const auto left = visitor.login_deadline - std::chrono::steady_clock::now();
    const auto readable = co_await visitor.socket.wait_readable(left);
    if (!readable) co_return std::unexpected(readable.error());
    count = ::recv(visitor.socket.descriptor(), &byte, 1, MSG_PEEK);
    // A wait may end early: see Socket::wait_readable().
    const bool is_open = count > 0 || (count < 0 && (errno == EAGAIN || errno == EINTR));
    if (!is_open) co_return fail(ErrorCode::kNetwork, "closed before it said anything");
  }
  visitor.pass.speak();
  if (visitor.pass.pause() > net::Duration::zero()) {
    asio::error_code cancelled;
    visitor.pause.expires_after(visitor.pass.pause());
    co_await visitor.pause.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
  }
  if (visitor.socket.is_closed()) co_return fail(ErrorCode::kBusy, "there were too many at the door");
  co_return byte;
}

net::Task<Result<void>> Worker::answer(Visitor& visitor, std::uint8_t first_byte) {
  auto& socket = visitor.socket;
  switch (dialect_of(first_byte)) {
    case Dialect::kTls: {
      if (visitor.peer.is_local) co_return fail(ErrorCode::kProtocol, "TLS on the Unix socket");
      auto transport = services_.tls.accept(socket.descriptor());
      co_await run_session(visitor, std::move(transport));
      co_return Result<void>();
    }
    case Dialect::kPlainFrames: {
      if (!allows_plaintext(visitor.peer)) {
        const Error refusal{ErrorCode::kNotAllowed, "plaintext is not allowed here: use TLS", false};
        const auto frame =
            net::encode_frame(protocol::FrameType::kError, protocol::kSessionStream, protocol::to_wire(refusal));
        co_await turn_away(visitor, as_text(frame));
        co_return fail(ErrorCode::kNotAllowed, "plaintext is not allowed");
      }
      auto transport = net::make_plain_transport(socket.descriptor());
      co_await run_session(visitor, std::move(transport));
      co_return Result<void>();
    }
    case Dialect::kHttp:
      co_await turn_away(visitor, kHttpAnswer);
      co_return fail(ErrorCode::kProtocol, "an HTTP request");
    case Dialect::kGarbage: break;
  }
  co_return fail(ErrorCode::kProtocol, "neither TLS nor ndisk");
}

void Worker::end(Visitor& visitor) {
  if (visitor.last_words != nullptr) {
    return visitor.last_words->abort({ErrorCode::kBusy, "there were too many at the door", true});
  }
  visitor.socket.close();
  visitor.pause.cancel();
}

bool Worker::allows_plaintext(const Peer& peer) const {
  if (peer.is_local) return true;
  if (services_.plaintext == PlaintextPolicy::kLoopback) return peer.is_loopback;
  return services_.plaintext == PlaintextPolicy::kAlways;
}

net::Task<> Worker::run_session(Visitor& visitor, std::unique_ptr<net::Transport> transport) {
  Session session(services_, bodies_, visitor.login_deadline, std::move(visitor.socket), std::move(transport),
                  visitor.peer, std::move(visitor.pass));
  visitors_.erase(&visitor);
  sessions_.insert(&session);
  try {
    co_await session.run();
  } catch (const std::bad_alloc&) {
    sessions_.erase(&session);
    throw;
  }
  sessions_.erase(&session);
}

// The words fit any socket buffer. What the peer sent is read first, or closing would reset the connection and the
// words be lost with it.
net::Task<> Worker::turn_away(Visitor& visitor, std::string_view last_words) {
  visitor.pass.say_goodbye();
  auto transport = net::make_plain_transport(visitor.socket.descriptor());
  net::FrameConnection connection(std::move(visitor.socket), std::move(transport));
  visitor.last_words = &connection;
  connection.start();
  bool connection_is_open = true;
  try {
    const auto bytes = as_bytes(last_words);
    connection.post_frames(Bytes(bytes.begin(), bytes.end()));
    co_await connection.say_goodbye(services_.limits.farewell, services_.limits.goodbye);
    co_await connection.drain(services_.limits.farewell);
  } catch (const std::bad_alloc&) {
    connection.abort(out_of_memory());
  }
  for (net::TriesWithoutMemory tries; connection_is_open;) {
    try {
      co_await connection.finish();
      connection_is_open = false;
    } catch (const std::bad_alloc&) {
      if (!tries.pause()) throw;
    }
  }
  visitor.last_words = nullptr;
}

net::Task<> Worker::stop() {
  stopping_ = true;
  for (auto* visitor : visitors_) end(*visitor);
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
