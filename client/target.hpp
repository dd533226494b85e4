// Which server, as whom: flag over environment over profile. Blocks on the profile's files; any thread.
#pragma once

#include "client/options.hpp"
#include "client/profile.hpp"
#include "common/net/client_session.hpp"

namespace ndisk::client {

struct Target {
  net::ServerAddress server;
  net::Credentials credentials;
  std::string shown;  // for messages: "nas.local:7420"
};

// kNotAllowed if the server needs an enrolment and there is none; kInvalid for an address or profile that can't be.
[[nodiscard]] Result<Target> resolve_target(const GlobalOptions& options);

// SHA-256 of the key that the target must have: what the connection checks, or in plaintext what the profile says.
// Nothing on the Unix socket.
[[nodiscard]] Result<std::optional<Digest>> server_pin(const GlobalOptions& options, const Target& target);

// The profile that the options and NDISK_PROFILE name.
[[nodiscard]] Result<ProfileStore> open_profile(const GlobalOptions& options);

}  // namespace ndisk::client
