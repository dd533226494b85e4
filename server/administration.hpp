// The commands that talk to a running server through DATA/ndisk.sock.
#pragma once

#include "common/error.hpp"
#include "server/options.hpp"

namespace ndisk::server {

// Prints the link, one line (with `json`: {"type":"invite","link":...}). kNotFound or kNetwork, saying so, if no server
// runs.
[[nodiscard]] Result<void> print_invite(const std::string& data_directory, const InviteCommand& command, bool json);
[[nodiscard]] Result<void> print_status(const std::string& data_directory, bool json);

}  // namespace ndisk::server
