#include "common/net/tls_transport.hpp"

#include <openssl/err.h>

#include <cerrno>
#include <new>

#include "common/net/tls_errors.hpp"

namespace ndisk::net {
namespace {

// A call that needs more than these, each as large as the read buffer, gets no further for now. Content takes no more;
// but a peer may renew its keys without end (RFC 8446, section 4.6.3), which OpenSSL would follow as long as bytes
// come, and nobody else would have the thread.
constexpr int kMaxSocketReads = 2;

}  // namespace

TlsTransport::TlsTransport(TlsHandle tls, int socket, std::optional<Digest> pin)
    : tls_(std::move(tls)), socket_(socket), pin_(pin) {
  if (!tls_ || SSL_set_fd(tls_.get(), socket_) != 1) throw std::bad_alloc();
  SSL_set_app_data(tls_.get(), this);
  BIO_set_callback_arg(SSL_get_rbio(tls_.get()), reinterpret_cast<char*>(this));
  BIO_set_callback_ex(SSL_get_rbio(tls_.get()), before_socket_read);
  if (pin_) {
    SSL_set_connect_state(tls_.get());
  } else {
    SSL_set_accept_state(tls_.get());
  }
}

// To OpenSSL it looks as if the socket had nothing more at the moment.
long TlsTransport::before_socket_read(BIO* socket, int operation, const char*, std::size_t, int, long, int returned,
                                      std::size_t*) {
  if (operation != BIO_CB_READ) return returned;
  auto* transport = reinterpret_cast<TlsTransport*>(BIO_get_callback_arg(socket));
  if (++transport->socket_reads_ <= kMaxSocketReads) return returned;
  BIO_clear_retry_flags(socket);
  BIO_set_retry_read(socket);
  return -1;
}

Result<Attempt> TlsTransport::handshake() {
  socket_reads_ = 0;
  ERR_clear_error();
  const int returned = SSL_do_handshake(tls_.get());
  if (identity_error_) return std::unexpected(*identity_error_);
  return outcome(returned, "TLS handshake");
}

Result<Attempt> TlsTransport::read(std::span<std::uint8_t> out) {
  socket_reads_ = 0;
  ERR_clear_error();
  std::size_t moved = 0;
  const int returned = SSL_read_ex(tls_.get(), out.data(), out.size(), &moved);
  if (returned == 1) return Attempt{Attempt::State::kDone, moved};
  return outcome(returned, "reading from the TLS connection");
}

Result<Attempt> TlsTransport::write(ByteView bytes) {
  socket_reads_ = 0;
  ERR_clear_error();
  std::size_t moved = 0;
  const int returned = SSL_write_ex(tls_.get(), bytes.data(), bytes.size(), &moved);
  if (returned == 1) return Attempt{Attempt::State::kDone, moved};
  return outcome(returned, "writing to the TLS connection");
}

void TlsTransport::shut_down() {
  ERR_clear_error();
  if (SSL_is_init_finished(tls_.get())) SSL_shutdown(tls_.get());
  ERR_clear_error();
}

Result<Bytes> TlsTransport::export_keying_material(const char* label, std::size_t bytes) {
  Bytes out(bytes);
  const std::string_view name(label);
  if (SSL_export_keying_material(tls_.get(), out.data(), out.size(), name.data(), name.size(), nullptr, 0, 0) != 1) {
    return fail_openssl(ErrorCode::kInternal, "exporting TLS keying material");
  }
  return out;
}

bool TlsTransport::check_pin(X509* certificate) {
  const auto found = pin_of(certificate);
  if (found && pin_ && equal_in_constant_time(*found, *pin_)) return true;
  const std::string shown = found ? "sha256:" + to_hex(*found) : found.error().message;
  identity_error_ = Error{ErrorCode::kIdentity,
                          "the server is not the one this device was enrolled with: expected key sha256:" +
                              (pin_ ? to_hex(*pin_) : std::string()) + ", got " + shown +
                              ". Nothing was sent. If the server was set up anew, ask for a new invite; if not, "
                              "somebody may be in between",
                          false};
  return false;
}

Result<Attempt> TlsTransport::outcome(int returned, const char* verb) {
  if (returned == 1) return Attempt{};
  const int saved_errno = errno;
  switch (SSL_get_error(tls_.get(), returned)) {
    case SSL_ERROR_WANT_READ: return Attempt{Attempt::State::kWaitReadable};
    case SSL_ERROR_WANT_WRITE: return Attempt{Attempt::State::kWaitWritable};
    case SSL_ERROR_ZERO_RETURN: return Attempt{Attempt::State::kEnd};
    case SSL_ERROR_SYSCALL:
      if (saved_errno != 0) return fail_errno(saved_errno, verb, "(socket)");
      [[fallthrough]];
    default: break;
  }
  // A peer that vanishes without a close_notify shows as "unexpected eof": a cut, worth another try.
  return fail(ErrorCode::kNetwork, std::string(verb) + ": " + take_openssl_error("the connection was cut"), true);
}

}  // namespace ndisk::net
