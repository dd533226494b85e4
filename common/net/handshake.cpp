#include "common/net/handshake.hpp"

namespace ndisk::net {

Error closed_error() { return {ErrorCode::kNetwork, "the other side closed the connection", true}; }

Task<Result<void>> wait_for(Socket& socket, Attempt::State state, Duration limit) {
  if (state == Attempt::State::kWaitReadable) co_return co_await socket.wait_readable(limit);
  if (state == Attempt::State::kWaitWritable) co_return co_await socket.wait_writable(limit);
  co_return std::unexpected(closed_error());
}

Task<Result<void>> shake_hands(Transport& transport, Socket& socket, Duration limit) {
  const auto deadline = std::chrono::steady_clock::now() + limit;
  for (;;) {
    const auto attempt = transport.handshake();
    if (!attempt) co_return std::unexpected(attempt.error());
    if (attempt->state == Attempt::State::kDone) co_return Result<void>();
    const auto left = deadline - std::chrono::steady_clock::now();
    auto waited = co_await wait_for(socket, attempt->state, left);
    if (!waited) co_return waited;
  }
}

}  // namespace ndisk::net
