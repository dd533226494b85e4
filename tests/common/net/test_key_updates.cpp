// A peer of OpenSSL's own that renews its keys without end (RFC 8446, section 4.6.3): every renewal is a record that
// costs the reader a key derivation and brings nothing.
#include <openssl/ssl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "common/net/tls.hpp"
#include "common/protocol/limits.hpp"
#include "tests/common/net/socket_pair.hpp"

namespace ndisk::net {
namespace {

constexpr int kRenewals = 20000;

struct SslDeleter {
  void operator()(SSL* tls) const { SSL_free(tls); }
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};

struct RenewingPeer {
  RenewingPeer() : server(context.accept(descriptors[1])), setup(SSL_CTX_new(TLS_client_method())) {
    tls.reset(SSL_new(setup.get()));
    std::string alpn = protocol::kAlpn;
    alpn.insert(alpn.begin(), static_cast<char>(alpn.size()));
    SSL_set_alpn_protos(tls.get(), reinterpret_cast<const unsigned char*>(alpn.data()),
                        static_cast<unsigned>(alpn.size()));
    SSL_set_fd(tls.get(), descriptors[0]);
    SSL_set_connect_state(tls.get());
    bool shaken = false;
    for (int turn = 0; turn < 20 && !shaken; ++turn) {
      SSL_do_handshake(tls.get());
      const auto attempt = server->handshake();
      REQUIRE(attempt.has_value());
      shaken = attempt->state == Attempt::State::kDone;
    }
    REQUIRE(shaken);
    // From now on what it writes is kept here, to be sent in large pieces.
    SSL_set0_wbio(tls.get(), BIO_new(BIO_s_mem()));
    const int room = 1 << 20;
    ::setsockopt(descriptors[0], SOL_SOCKET, SO_SNDBUF, &room, sizeof room);
  }
  ~RenewingPeer() {
    for (const int descriptor : descriptors) ::close(descriptor);
  }

  void renew_keys(int times) {
    for (int i = 0; i < times; ++i) {
      REQUIRE(SSL_key_update(tls.get(), SSL_KEY_UPDATE_NOT_REQUESTED) == 1);
      REQUIRE(SSL_do_handshake(tls.get()) == 1);
    }
  }

  // As much of what is kept as the socket takes; what is left.
  std::size_t send_on() {
    char* kept = nullptr;
    const auto size = static_cast<std::size_t>(BIO_get_mem_data(SSL_get_wbio(tls.get()), &kept));
    const auto count = ::send(descriptors[0], kept + sent, size - sent, 0);
    if (count > 0) sent += static_cast<std::size_t>(count);
    return size - sent;
  }

  int waiting_at_server() {
    int bytes = 0;
    REQUIRE(::ioctl(descriptors[1], FIONREAD, &bytes) == 0);
    return bytes;
  }

  ServerIdentity identity = make_server_identity().value();
  TlsServerContext context = TlsServerContext::create(identity).value();
  std::array<int, 2> descriptors = descriptor_pair();
  std::unique_ptr<Transport> server;
  std::unique_ptr<SSL_CTX, SslDeleter> setup;
  std::unique_ptr<SSL, SslDeleter> tls;
  std::size_t sent = 0;
};

}  // namespace

TEST_CASE("tls: a peer that renews its keys without end leaves the thread to others now and then") {
  RenewingPeer peer;
  peer.renew_keys(kRenewals);
  peer.send_on();
  const auto before = peer.waiting_at_server();
  REQUIRE(before > 160 * 1024);
  std::array<std::uint8_t, 1024> content{};
  const auto attempt = peer.server->read(content);
  REQUIRE(attempt.has_value());
  CHECK(attempt->state == Attempt::State::kWaitReadable);
  CHECK(peer.waiting_at_server() > 0);
}

TEST_CASE("tls: what comes after many new keys is read") {
  RenewingPeer peer;
  peer.renew_keys(kRenewals);
  REQUIRE(SSL_write(peer.tls.get(), "after", 5) == 5);
  std::array<std::uint8_t, 1024> content{};
  Attempt attempt{Attempt::State::kWaitReadable};
  while (attempt.state == Attempt::State::kWaitReadable) {
    const auto left = peer.send_on();
    REQUIRE((left > 0 || peer.waiting_at_server() > 0));
    attempt = peer.server->read(content).value();
  }
  CHECK(attempt.state == Attempt::State::kDone);
  CHECK(as_text(ByteView(content).first(attempt.bytes)) == "after");
}

}  // namespace ndisk::net
