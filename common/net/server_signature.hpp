// Signatures by the server's own key, the one of its certificate: on receipts. Any thread.
#pragma once

#include <memory>

#include "common/bytes.hpp"
#include "common/net/tls.hpp"

struct evp_pkey_st;

namespace ndisk::net {

struct SigningKeyDeleter {
  void operator()(evp_pkey_st* key) const;
};

// Holds the private key. May be used from many threads at once.
class ServerSigner {
 public:
  // kInvalid if key and certificate can't be read or don't belong together.
  [[nodiscard]] static Result<ServerSigner> create(const ServerIdentity& identity);

  // ECDSA (DER) or RSA PKCS #1 v1.5 over the text's SHA-256, or Ed25519, as the key has it. kInternal if OpenSSL fails.
  [[nodiscard]] Result<Bytes> sign(ByteView text) const;
  // DER SubjectPublicKeyInfo, exactly the bytes that the pin is the SHA-256 of.
  [[nodiscard]] const Bytes& public_key_der() const { return public_key_der_; }

 private:
  using Key = std::unique_ptr<evp_pkey_st, SigningKeyDeleter>;
  ServerSigner(Key key, Bytes public_key_der) : key_(std::move(key)), public_key_der_(std::move(public_key_der)) {}

  Key key_;
  Bytes public_key_der_;
};

// False also for what is no public key, or one with bytes after it.
[[nodiscard]] bool signature_of_server_is_valid(ByteView public_key_der, ByteView signature, ByteView text);
// The pin that a server with this key has.
[[nodiscard]] Digest pin_of_public_key(ByteView public_key_der);

}  // namespace ndisk::net
