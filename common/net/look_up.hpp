// Host names to addresses, with a deadline: the system's own look-up has none, and can't be interrupted.
#pragma once

#include <asio/ip/tcp.hpp>
#include <vector>

#include "common/net/task.hpp"
#include "common/protocol/invite.hpp"

namespace ndisk::net {

// The endpoints of a host, in the system's order of preference; of an address in numbers at once. kNetwork for a name
// that nobody knows; kDeadline when the timer expires, kCancelled when it is cancelled: then the look-up goes on, on a
// thread of its own, until the system ends it, and nobody hears of it. The timer must outlive the task.
Task<Result<std::vector<asio::ip::tcp::endpoint>>> look_up(const protocol::HostPort& host,
                                                           asio::steady_timer& deadline);

}  // namespace ndisk::net
