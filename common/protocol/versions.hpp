// Version negotiation and the texts that are signed. Pure; any thread.
#pragma once

#include <optional>

#include "common/bytes.hpp"
#include "common/protocol/limits.hpp"

namespace ndisk::protocol {

// The highest version that both sides speak; kUnsupportedVersion, with both ranges in the message, if there is none.
[[nodiscard]] Result<std::uint32_t> choose_version(std::uint32_t peer_min, std::uint32_t peer_max);

// What binds a login to its connection, so that it can be neither replayed nor relayed.
struct ChannelBinding {
  Bytes tls_exporter;  // RFC 9266 style: 32 bytes, label "EXPORTER-ndisk-login", no context; empty in plaintext
  Bytes client_nonce;  // both nonces: in plaintext only, else empty
  Bytes server_nonce;
};

inline constexpr char kExporterLabel[] = "EXPORTER-ndisk-login";
inline constexpr std::size_t kExporterBytes = 32;

// The bytes that Login.signature and Enrol.signature cover:
// "ndisk/1 login" NUL, then each of tls_exporter, client_nonce, server_nonce, public_key and token (empty for Login)
// with its length as u32 big-endian before it.
[[nodiscard]] Bytes login_text(const ChannelBinding& binding, ByteView public_key, ByteView token);

}  // namespace ndisk::protocol
