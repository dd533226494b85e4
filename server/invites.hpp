// Makes invite links: a fresh token, the addresses of this server, its pin. Blocks on disk; any thread.
#pragma once

#include <string>

#include "server/services.hpp"

namespace ndisk::server {

// As Accounts::create_invite.
[[nodiscard]] Result<std::string> create_invite(Services& services, const std::string& user,
                                                TimeNs lifetime = storage::kInviteLifetime);

// Where devices can reach a server that listens on these addresses: each as it is, and for a wildcard (0.0.0.0, ::)
// the machine's own addresses on interfaces that are up, loopback only if there is nothing else. At most 16.
[[nodiscard]] std::vector<protocol::HostPort> reachable_addresses(const std::vector<protocol::HostPort>& listening);

}  // namespace ndisk::server
