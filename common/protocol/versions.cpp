#include "common/protocol/versions.hpp"

namespace ndisk::protocol {
namespace {

constexpr std::string_view kLoginContext{"ndisk/1 login\0", 14};

void append_sized(Bytes& out, ByteView part) {
  for (int shift = 24; shift >= 0; shift -= 8) out.push_back(static_cast<std::uint8_t>(part.size() >> shift));
  out.insert(out.end(), part.begin(), part.end());
}

}  // namespace

Result<std::uint32_t> choose_version(std::uint32_t peer_min, std::uint32_t peer_max) {
  if (peer_min <= kVersion && kVersion <= peer_max) return kVersion;
  return fail(ErrorCode::kUnsupportedVersion, "no protocol version in common: this side speaks " +
                                                  std::to_string(kVersion) + ", the other " + std::to_string(peer_min) +
                                                  " to " + std::to_string(peer_max) + "; update the older one");
}

Bytes login_text(const ChannelBinding& binding, ByteView public_key, ByteView token) {
  const auto context = as_bytes(kLoginContext);
  Bytes out(context.begin(), context.end());
  for (ByteView part : {ByteView(binding.tls_exporter), ByteView(binding.client_nonce), ByteView(binding.server_nonce),
                        public_key, token}) {
    append_sized(out, part);
  }
  return out;
}

}  // namespace ndisk::protocol
