#include "client/server_address.hpp"

#include "common/protocol/shown_invite.hpp"

namespace ndisk::client {
namespace {

constexpr std::string_view kUnixPrefix = "unix:";
constexpr std::string_view kPlainPrefix = "plain:";

bool names_port(std::string_view text) {
  const auto colon = text.rfind(':');
  const auto bracket = text.rfind(']');
  return colon != text.npos && (bracket == text.npos || colon > bracket);
}

}  // namespace

Result<ServerChoice> parse_server(std::string_view text) {
  if (protocol::has_invite(text)) {
    return fail(ErrorCode::kInvalid, "the server is an invite: enrol this device with it first, by ndisk login");
  }
  if (text.starts_with(kUnixPrefix)) {
    const auto path = text.substr(kUnixPrefix.size());
    if (path.empty()) return fail(ErrorCode::kInvalid, "server 'unix:': the path of the socket is missing");
    return UnixServer{std::string(path)};
  }
  if (text.starts_with(kPlainPrefix)) {
    const auto rest = text.substr(kPlainPrefix.size());
    if (!names_port(rest)) {
      return fail(ErrorCode::kInvalid, "server '" + protocol::shown_word(text) + "': plaintext needs plain:HOST:PORT");
    }
    auto address = protocol::parse_host_port(rest);
    if (!address) return std::unexpected(address.error());
    return PlainServer{std::move(*address)};
  }
  auto address = protocol::parse_host_port(text);
  if (!address) return fail_with_context("server '" + protocol::shown_word(text) + "'", address.error());
  return TlsServer{std::move(*address)};
}

}  // namespace ndisk::client
