// The first frames of a session: versions, and who is there (docs/protocol.md, "Session start").
#pragma once

#include "common/net/frame_connection.hpp"
#include "server/peer.hpp"
#include "server/services.hpp"
#include "storage/accounts.hpp"

namespace ndisk::server {

// Answers Hello and the login that follows; the caller sends an error that comes of it. kNotAllowed, kProtocol,
// kUnsupportedVersion, or what the connection fails with.
net::Task<Result<storage::Identity>> log_in(Services& services, net::FrameConnection& connection, const Peer& peer);

}  // namespace ndisk::server
