// Who is at the other end of an accepted socket. Values.
#pragma once

#include <sys/socket.h>

#include <optional>
#include <string>

#include "server/door_book.hpp"

namespace ndisk::server {

struct Peer {
  std::string shown;      // "192.0.2.7:51234", "unix uid 1000": for logs
  bool is_local = false;  // on the Unix socket
  bool is_owner = false;  // ... with the server's own uid, or root
  bool is_loopback = false;
  std::optional<PeerNetwork> network;  // what it is counted by at the door; none on the Unix socket
};

// Asks the kernel. Never fails: what can't be found out counts as a stranger.
[[nodiscard]] Peer peer_of(int socket);
// At an address of IPv4 or IPv6.
[[nodiscard]] Peer peer_at(const sockaddr_storage& address);

}  // namespace ndisk::server
