// What every session needs and none owns. Lives longer than all sessions.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "common/clock.hpp"
#include "common/net/blocking_pool.hpp"
#include "common/net/server_signature.hpp"
#include "common/net/tls.hpp"
#include "common/protocol/invite.hpp"
#include "server/door.hpp"
#include "server/open_files.hpp"
#include "server/session_directory.hpp"
#include "server/stranger_log.hpp"
#include "server/user_log.hpp"
#include "storage/accounts.hpp"
#include "storage/drive.hpp"

namespace ndisk::server {

// Who may speak the protocol without TLS over TCP.
enum class PlaintextPolicy : std::uint8_t { kNever, kLoopback, kAlways };

// How long a session may take for what. Tests shorten these.
struct SessionLimits {
  net::Duration login = std::chrono::seconds(10);           // from accept to Welcome
  net::Duration idle = std::chrono::minutes(5);             // no stream open, nothing heard
  net::Duration busy_silence = std::chrono::seconds(60);    // streams open, nothing heard; or nothing taken
  net::Duration farewell = std::chrono::seconds(1);         // to get more of the last words to the peer
  net::Duration goodbye = std::chrono::seconds(10);         // all of them, and what was answered before
  net::Duration stop = std::chrono::seconds(2);             // streams may finish after SIGTERM
  net::Duration eviction = std::chrono::milliseconds(800);  // a session whose device was revoked is closed by then
};

struct Services {
  storage::Drive& drive;
  net::BlockingPool& pool;  // log-ins, look-ups, reads: short
  // Bytes of uploads: they may wait for a slow disk.
  net::BlockingPool& content_pool;
  // Changes: they may wait for the catalog's writer, whose queue one device's small files can fill.
  net::BlockingPool& upload_pool;
  const Clock& clock;
  const net::TlsServerContext& tls;
  const net::ServerSigner& signer;  // of receipts
  Digest pin{};
  PlaintextPolicy plaintext = PlaintextPolicy::kNever;
  SessionLimits limits;
  // Where invites send their devices; filled in before the first session starts.
  std::vector<protocol::HostPort> advertised;
  // Something was given up that takes space: have the collector look before its time. Any thread. Filled in before the
  // first session starts, or nothing.
  std::function<void()> collect_soon = [] {};
  SessionDirectory sessions;  // logged in now
  Door door;
  OpenFiles open_files;
  StrangerLog stranger_log;
  UserLog user_log;
  std::chrono::steady_clock::time_point started = std::chrono::steady_clock::now();
};

}  // namespace ndisk::server
