// Listening sockets, and the loop that accepts from one of them.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "common/net/socket.hpp"
#include "common/net/task.hpp"
#include "common/protocol/invite.hpp"
#include "storage/fd.hpp"

namespace ndisk::server {

struct Listener {
  net::Socket socket;
  std::string shown;                          // "127.0.0.1:7420", or the Unix socket's path
  std::optional<protocol::HostPort> address;  // with the port that port 0 became; none for the Unix socket
};

// Binds with SO_REUSEADDR, IPv6 sockets for IPv6 only. kConflict if the address is taken, kInvalid if it is not this
// machine's. `address.host` is a numeric address.
[[nodiscard]] Result<Listener> listen_tcp(const net::Executor& executor, const protocol::HostPort& address);
// DIRECTORY/ndisk.sock, mode 0600; who comes all the same is told by the uid at the login. Bound through
// the directory, as socket paths end at 107 bytes. One left behind by a server that was killed is replaced: the
// caller holds the data directory's lock.
[[nodiscard]] Result<Listener> listen_unix(const net::Executor& executor, const std::string& directory);

inline constexpr char kSocketName[] = "ndisk.sock";

using Pause = std::function<net::Task<>()>;
inline net::Task<> pause_between_tries() { return net::sleep_for(std::chrono::milliseconds(100)); }

// Accepts until the listener's socket is closed; each descriptor goes to `accepted`. When the process or machine has no
// descriptors left it tries again after a `pause`, each time.
net::Task<> accept_all(Listener& listener, std::function<void(storage::Fd)> accepted,
                       Pause pause = pause_between_tries);

}  // namespace ndisk::server
