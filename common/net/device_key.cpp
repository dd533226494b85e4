#include "common/net/device_key.hpp"

#include "common/net/openssl_handles.hpp"
#include "common/net/tls_errors.hpp"
#include "common/random.hpp"

namespace ndisk::net {
namespace {

KeyHandle private_key(const DeviceSeed& seed) {
  return KeyHandle(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, seed.data(), seed.size()));
}

}  // namespace

DeviceSeed make_device_seed() { return random_bytes<32>(); }

Result<DevicePublicKey> public_key_of(const DeviceSeed& seed) {
  const auto key = private_key(seed);
  DevicePublicKey out;
  std::size_t size = out.size();
  if (!key || EVP_PKEY_get_raw_public_key(key.get(), out.data(), &size) != 1 || size != out.size()) {
    return fail_openssl(ErrorCode::kInternal, "reading the device key");
  }
  return out;
}

Result<Signature> sign(const DeviceSeed& seed, ByteView text) {
  const auto key = private_key(seed);
  const DigestContextHandle context(EVP_MD_CTX_new());
  Signature out;
  std::size_t size = out.size();
  if (!key || !context || EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key.get()) != 1 ||
      EVP_DigestSign(context.get(), out.data(), &size, text.data(), text.size()) != 1 || size != out.size()) {
    return fail_openssl(ErrorCode::kInternal, "signing with the device key");
  }
  return out;
}

bool signature_is_valid(ByteView public_key, ByteView signature, ByteView text) {
  const KeyHandle key(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, public_key.data(), public_key.size()));
  const DigestContextHandle context(EVP_MD_CTX_new());
  const bool valid = key && context && EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key.get()) == 1 &&
                     EVP_DigestVerify(context.get(), signature.data(), signature.size(), text.data(), text.size()) == 1;
  if (!valid) static_cast<void>(take_openssl_error(""));
  return valid;
}

}  // namespace ndisk::net
