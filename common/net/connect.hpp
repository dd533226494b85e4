// Connects to the first of several addresses at which the right server answers.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "common/net/socket.hpp"
#include "common/net/transport.hpp"
#include "common/protocol/invite.hpp"

namespace ndisk::net {

// A socket, and what speaks over it: its handshake is done.
struct Connected {
  Socket socket;
  std::unique_ptr<Transport> transport;
  protocol::HostPort address{};  // of those that were given, the one at which it is; of a Unix socket none
};

// Over a connected socket. What it refers to must outlive the connection.
using MakeTransport = std::function<std::unique_ptr<Transport>(int socket)>;

struct ConnectTimes {
  Duration limit{};                                   // for each address, and again for its handshake
  Duration stagger = std::chrono::milliseconds(250);  // until the next address is tried, too
  Duration courtesy = std::chrono::seconds(2);        // while a handshake is under way no other one is begun
};

// Tries them side by side, each name's addresses included, a new one every 250 ms or as soon as one fails (after
// RFC 8305). The first that has shaken hands wins: who answers with another key, or accepts and stays silent, does not
// keep the others from it. Those that only connect get the next handshake once the one before has failed, or after
// `courtesy`: often all are one server's, which counts a handshake that is broken off as a failure. Errors name what
// was tried: kIdentity if there was one, retryable if another address may have better news later; else the last cause
// that may pass (kNetwork, kDeadline); else the last.
Task<Result<Connected>> connect_tcp(std::vector<protocol::HostPort> addresses, MakeTransport make_transport,
                                    ConnectTimes times);

// kNotFound if there is no socket, kNotAllowed without permission, kNetwork if nobody listens. Paths longer than
// a socket address holds (107 bytes) work too: they are reached through their directory.
Task<Result<Socket>> connect_unix(std::string path);

}  // namespace ndisk::net
