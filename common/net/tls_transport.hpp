// TLS over the socket's own BIO. Made by TlsServerContext and TlsClientContext only.
#pragma once

#include <optional>

#include "common/net/openssl_handles.hpp"
#include "common/net/transport.hpp"

namespace ndisk::net {

class TlsTransport final : public Transport {
 public:
  // With a pin: the client's side. Without: the server's.
  TlsTransport(TlsHandle tls, int socket, std::optional<Digest> pin);

  int socket() const override { return socket_; }
  Result<Attempt> handshake() override;
  Result<Attempt> read(std::span<std::uint8_t> out) override;
  Result<Attempt> write(ByteView bytes) override;
  void shut_down() override;
  bool is_tls() const override { return true; }
  Result<Bytes> export_keying_material(const char* label, std::size_t bytes) override;

  // For the verify callback: compares the peer's key with the pin, and keeps what was found for the error's text.
  bool check_pin(X509* certificate);

 private:
  Result<Attempt> outcome(int returned, const char* verb);
  static long before_socket_read(BIO* socket, int operation, const char* data, std::size_t size, int number,
                                 long long_number, int returned, std::size_t* processed);

  TlsHandle tls_;
  int socket_;
  std::optional<Digest> pin_;
  std::optional<Error> identity_error_;
  int socket_reads_ = 0;  // of the call under way
};

}  // namespace ndisk::net
