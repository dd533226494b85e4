// TLS 1.3, and the keys that go with it.
//
// Names and dates in certificates don't matter here; the pin does: the SHA-256 of the server's public key as DER
// SubjectPublicKeyInfo (RFC 7469, section 2.4, says how it is computed). A context may be used from any thread once
// made; it must outlive its transports.
#pragma once

#include <memory>
#include <string>

#include "common/digest.hpp"
#include "common/net/transport.hpp"

struct ssl_ctx_st;

namespace ndisk::net {

struct TlsContextDeleter {
  void operator()(ssl_ctx_st* context) const;
};
using TlsContextHandle = std::unique_ptr<ssl_ctx_st, TlsContextDeleter>;

// A P-256 key and a self-signed certificate for it, both as PEM.
struct ServerIdentity {
  std::string key_pem;
  std::string certificate_pem;
};
[[nodiscard]] Result<ServerIdentity> make_server_identity();
// The pin of a certificate. kInvalid if the PEM can't be read.
[[nodiscard]] Result<Digest> pin_of(const std::string& certificate_pem);

class TlsServerContext {
 public:
  // kInvalid if key and certificate can't be read or don't belong together.
  [[nodiscard]] static Result<TlsServerContext> create(const ServerIdentity& identity);
  // A peer that does not offer ALPN "ndisk/1" gets the alert no_application_protocol.
  [[nodiscard]] std::unique_ptr<Transport> accept(int socket) const;

 private:
  explicit TlsServerContext(TlsContextHandle context) : context_(std::move(context)) {}
  TlsContextHandle context_;
};

class TlsClientContext {
 public:
  [[nodiscard]] static Result<TlsClientContext> create();
  // The handshake fails with kIdentity, both fingerprints in the message, if the server's key is not the pinned one;
  // nothing of the application's has been sent by then.
  [[nodiscard]] std::unique_ptr<Transport> connect(int socket, const Digest& pin) const;

 private:
  explicit TlsClientContext(TlsContextHandle context) : context_(std::move(context)) {}
  TlsContextHandle context_;
};

}  // namespace ndisk::net
