// What a transport waits for, and its handshake as a whole.
#pragma once

#include "common/net/socket.hpp"
#include "common/net/transport.hpp"

namespace ndisk::net {

// kNetwork (retryable): the other side closed the connection.
[[nodiscard]] Error closed_error();

// Waits for what an attempt that is not done asks for: kDeadline, kNetwork; at once where it came to the end.
Task<Result<void>> wait_for(Socket& socket, Attempt::State state, Duration limit);

// TLS only; at once done in plaintext. The transport's own errors, kDeadline after `limit`, kNetwork.
Task<Result<void>> shake_hands(Transport& transport, Socket& socket, Duration limit);

}  // namespace ndisk::net
