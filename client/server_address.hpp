// SERVER as a person writes it: HOST[:PORT], [V6]:PORT, unix:PATH, plain:HOST:PORT. Pure; any thread.
#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "common/error.hpp"
#include "common/protocol/invite.hpp"

namespace ndisk::client {

struct TlsServer {
  protocol::HostPort address;
};
struct PlainServer {
  protocol::HostPort address;
};
struct UnixServer {
  std::string path;
};
using ServerChoice = std::variant<TlsServer, PlainServer, UnixServer>;

// kInvalid says what is wrong. plain: needs the port to be named.
[[nodiscard]] Result<ServerChoice> parse_server(std::string_view text);

}  // namespace ndisk::client
