#include <openssl/pem.h>

#include <cstring>

#include "common/net/openssl_handles.hpp"
#include "common/net/tls.hpp"
#include "common/net/tls_errors.hpp"
#include "common/net/tls_transport.hpp"
#include "common/protocol/limits.hpp"

namespace ndisk::net {
namespace {

constexpr std::size_t kReadBufferBytes = 64 * 1024;  // several records a system call; released when idle

// The length byte before the name, as ALPN wants it (RFC 7301, section 3.1).
std::string alpn_list() { return std::string(1, static_cast<char>(std::strlen(protocol::kAlpn))) + protocol::kAlpn; }

void set_common_options(SSL_CTX* context) {
  SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION);
  SSL_CTX_set_mode(context,
                   SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_read_ahead(context, 1);
  SSL_CTX_set_default_read_buffer_len(context, kReadBufferBytes);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
}

// OpenSSL asks for the ALPN choice only when the client sent the extension; without it there is nothing to choose and
// the connection would go on. So its presence is checked here, before anything is answered.
int require_alpn(SSL* tls, int* alert, void*) {
  const unsigned char* data = nullptr;
  std::size_t size = 0;
  if (SSL_client_hello_get0_ext(tls, TLSEXT_TYPE_application_layer_protocol_negotiation, &data, &size) == 1) {
    return SSL_CLIENT_HELLO_SUCCESS;
  }
  *alert = SSL_AD_NO_APPLICATION_PROTOCOL;
  return SSL_CLIENT_HELLO_ERROR;
}

int choose_alpn(SSL*, const unsigned char** out, unsigned char* out_length, const unsigned char* offered,
                unsigned int offered_length, void*) {
  static const std::string ours = alpn_list();
  unsigned char* chosen = nullptr;
  const int found = SSL_select_next_proto(&chosen, out_length, reinterpret_cast<const unsigned char*>(ours.data()),
                                          static_cast<unsigned>(ours.size()), offered, offered_length);
  if (found != OPENSSL_NPN_NEGOTIATED) return SSL_TLSEXT_ERR_ALERT_FATAL;
  *out = chosen;
  return SSL_TLSEXT_ERR_OK;
}

int verify_pin(int, X509_STORE_CTX* store) {
  const auto index = SSL_get_ex_data_X509_STORE_CTX_idx();
  auto* tls = static_cast<SSL*>(X509_STORE_CTX_get_ex_data(store, index));
  auto* transport = static_cast<TlsTransport*>(SSL_get_app_data(tls));
  return transport->check_pin(X509_STORE_CTX_get0_cert(store)) ? 1 : 0;
}

}  // namespace

void TlsContextDeleter::operator()(SSL_CTX* context) const { SSL_CTX_free(context); }

Result<TlsServerContext> TlsServerContext::create(const ServerIdentity& identity) {
  TlsContextHandle context(SSL_CTX_new(TLS_server_method()));
  if (!context) return fail_openssl(ErrorCode::kInternal, "setting up TLS");
  set_common_options(context.get());
  SSL_CTX_set_num_tickets(context.get(), 0);
  SSL_CTX_set_options(context.get(), SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA);
  const BioHandle key_in(BIO_new_mem_buf(identity.key_pem.data(), static_cast<int>(identity.key_pem.size())));
  const BioHandle cert_in(
      BIO_new_mem_buf(identity.certificate_pem.data(), static_cast<int>(identity.certificate_pem.size())));
  const KeyHandle key(PEM_read_bio_PrivateKey(key_in.get(), nullptr, nullptr, nullptr));
  const CertificateHandle certificate(PEM_read_bio_X509(cert_in.get(), nullptr, nullptr, nullptr));
  if (!key || !certificate || SSL_CTX_use_certificate(context.get(), certificate.get()) != 1 ||
      SSL_CTX_use_PrivateKey(context.get(), key.get()) != 1 || SSL_CTX_check_private_key(context.get()) != 1) {
    return fail_openssl(ErrorCode::kInvalid, "reading the server's key and certificate");
  }
  SSL_CTX_set_ciphersuites(context.get(), "TLS_AES_128_GCM_SHA256:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_256_GCM_SHA384");
  SSL_CTX_set_client_hello_cb(context.get(), require_alpn, nullptr);
  SSL_CTX_set_alpn_select_cb(context.get(), choose_alpn, nullptr);
  return TlsServerContext(std::move(context));
}

std::unique_ptr<Transport> TlsServerContext::accept(int socket) const {
  return std::make_unique<TlsTransport>(TlsHandle(SSL_new(context_.get())), socket, std::nullopt);
}

Result<TlsClientContext> TlsClientContext::create() {
  TlsContextHandle context(SSL_CTX_new(TLS_client_method()));
  if (!context) return fail_openssl(ErrorCode::kInternal, "setting up TLS");
  set_common_options(context.get());
  SSL_CTX_set_ciphersuites(context.get(), "TLS_AES_128_GCM_SHA256:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_256_GCM_SHA384");
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
  // Replaces the chain check as a whole: the pin is the only trust there is.
  auto verify = [](X509_STORE_CTX* store, void*) { return verify_pin(0, store); };
  SSL_CTX_set_cert_verify_callback(context.get(), verify, nullptr);
  const auto alpn = alpn_list();
  if (SSL_CTX_set_alpn_protos(context.get(), reinterpret_cast<const unsigned char*>(alpn.data()),
                              static_cast<unsigned>(alpn.size())) != 0) {
    return fail_openssl(ErrorCode::kInternal, "setting up ALPN");
  }
  return TlsClientContext(std::move(context));
}

std::unique_ptr<Transport> TlsClientContext::connect(int socket, const Digest& pin) const {
  return std::make_unique<TlsTransport>(TlsHandle(SSL_new(context_.get())), socket, pin);
}

}  // namespace ndisk::net
