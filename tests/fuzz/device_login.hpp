// The login of a plain user's device, as a client does it over TCP: signed, so that no bytes thought up can be one.
#pragma once

#include <vector>

#include "common/net/frame_connection.hpp"
#include "common/net/task.hpp"
#include "common/protocol/messages.hpp"
#include "storage/accounts.hpp"

namespace ndisk::fuzz {

// What it logs in with: who the drive behind the session knows by this key is who speaks.
[[nodiscard]] storage::PublicKey device_key();

[[nodiscard]] wire::Hello hello_message();

// From Hello to Welcome; what the session said meanwhile is added to `heard`. Throws where it does not let the device
// in. The connection's thread.
net::Task<> log_in_as_device(net::FrameConnection& client, std::vector<protocol::Frame>& heard);

}  // namespace ndisk::fuzz
