// A device's Ed25519 key pair (RFC 8032), and the check of a signature by public key alone. Values; any thread.
#pragma once

#include <array>

#include "common/bytes.hpp"
#include "common/error.hpp"

namespace ndisk::net {

using DevicePublicKey = std::array<std::uint8_t, 32>;
using DeviceSeed = std::array<std::uint8_t, 32>;  // the private key: keep it secret
using Signature = std::array<std::uint8_t, 64>;

[[nodiscard]] DeviceSeed make_device_seed();
// kInternal if OpenSSL fails.
[[nodiscard]] Result<DevicePublicKey> public_key_of(const DeviceSeed& seed);
[[nodiscard]] Result<Signature> sign(const DeviceSeed& seed, ByteView text);
// False for a wrong signature and for a key that is none.
[[nodiscard]] bool signature_is_valid(ByteView public_key, ByteView signature, ByteView text);

}  // namespace ndisk::net
