// Invites: ndisk://HOST[:PORT][,HOST[:PORT]...]/#SECRET. Pure; any thread.
#pragma once

#include <string>
#include <vector>

#include "common/bytes.hpp"
#include "common/digest.hpp"
#include "common/protocol/limits.hpp"

namespace ndisk::protocol {

struct HostPort {
  std::string host;  // a name, an IPv4 address, or an IPv6 address without brackets
  std::uint16_t port = kDefaultPort;

  friend bool operator==(const HostPort&, const HostPort&) = default;
};

// "HOST", "HOST:PORT", "[V6]", "[V6]:PORT". kInvalid says what is wrong.
[[nodiscard]] Result<HostPort> parse_host_port(std::string_view text);
// With brackets around IPv6; always with the port.
[[nodiscard]] std::string format_host_port(const HostPort& address);

using Token = std::array<std::uint8_t, kTokenBytes>;

// SECRET is base64url of: 1 byte kind (1), 16 bytes token, 32 bytes SHA-256 of the server's SPKI, then the first 4
// bytes of the SHA-256 of all that, so that a link that was cut or altered is told from one that is merely unknown.
struct InviteLink {
  std::vector<HostPort> addresses;  // at least one, at most kMaxInviteAddresses
  Token token{};
  Digest pin{};
};

[[nodiscard]] std::string format_invite(const InviteLink& invite);
// By its length and its check.
[[nodiscard]] bool is_whole_secret(std::string_view text);
inline constexpr std::size_t kSecretCharacters = 71;  // of a whole one
// kInvalid, with what to do, if the link is not whole.
[[nodiscard]] Result<InviteLink> parse_invite(std::string_view link);

}  // namespace ndisk::protocol
