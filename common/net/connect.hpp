// Connects to the first of several addresses that answers.
#pragma once

#include <string>
#include <vector>

#include "common/net/socket.hpp"
#include "common/protocol/invite.hpp"

namespace ndisk::net {

// Tries them side by side, each name's addresses included, a new one every 250 ms or as soon as one fails (after
// RFC 8305). kNetwork or kDeadline, naming what was tried and the last cause.
Task<Result<Socket>> connect_tcp(std::vector<protocol::HostPort> addresses, Duration limit);

// kNotFound if there is no socket, kNotAllowed without permission, kNetwork if nobody listens. Paths longer than
// a socket address holds (107 bytes) work too: they are reached through their directory.
Task<Result<Socket>> connect_unix(std::string path);

}  // namespace ndisk::net
