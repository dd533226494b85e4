// TLS as common/net does it, over two connected sockets of this thread: records of each cipher, plaintext beside them,
// and handshakes. What plaintext takes is the kernel's part of the others' time.
#include <benchmark/benchmark.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <stdexcept>

#include "common/net/openssl_handles.hpp"
#include "common/net/tls.hpp"
#include "common/net/tls_transport.hpp"
#include "common/protocol/limits.hpp"

namespace ndisk::net {
namespace {

constexpr std::size_t kReadBytes = 64 * 1024;

template <class T>
T require(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().message);
  return std::move(*result);
}

class SocketPair {
 public:
  SocketPair() {
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends_.data()) != 0) {
      throw std::runtime_error("socketpair failed");
    }
  }
  SocketPair(const SocketPair&) = delete;
  SocketPair& operator=(const SocketPair&) = delete;
  ~SocketPair() {
    for (const int end : ends_) ::close(end);
  }
  [[nodiscard]] int here() const { return ends_[0]; }
  [[nodiscard]] int there() const { return ends_[1]; }

 private:
  std::array<int, 2> ends_{};
};

struct Server {
  ServerIdentity identity = require(make_server_identity());
  TlsServerContext context = require(TlsServerContext::create(identity));
  Digest pin = require(pin_of(identity.certificate_pem));
};

void shake_hands(Transport& client, Transport& server) {
  bool client_done = false, server_done = false;
  while (!client_done || !server_done) {
    if (!client_done) client_done = require(client.handshake()).state == Attempt::State::kDone;
    if (!server_done) server_done = require(server.handshake()).state == Attempt::State::kDone;
  }
}

// A client that offers one cipher only; the project's own context offers all of them.
class OneCipherClient {
 public:
  explicit OneCipherClient(const char* cipher) : context_(SSL_CTX_new(TLS_client_method())) {
    constexpr unsigned char kAlpnList[] = "\x07ndisk/1";
    if (!context_ || SSL_CTX_set_ciphersuites(context_.get(), cipher) != 1 ||
        SSL_CTX_set_alpn_protos(context_.get(), kAlpnList, sizeof kAlpnList - 1) != 0) {
      throw std::runtime_error(std::string("no client for ") + cipher);
    }
    SSL_CTX_set_mode(context_.get(), SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  }
  [[nodiscard]] std::unique_ptr<Transport> connect(int socket, const Digest& pin) const {
    return std::make_unique<TlsTransport>(TlsHandle(SSL_new(context_.get())), socket, pin);
  }

 private:
  TlsContextHandle context_;
};

// Writes until the socket is full, reads until it is empty, until all of it has come.
void carry(Transport& from, Transport& to, ByteView bytes, std::span<std::uint8_t> buffer) {
  std::size_t written = 0, read = 0;
  while (read < bytes.size()) {
    while (written < bytes.size()) {
      const auto attempt = require(from.write(bytes.subspan(written)));
      if (attempt.state != Attempt::State::kDone) break;
      written += attempt.bytes;
    }
    while (read < written) {
      const auto attempt = require(to.read(buffer));
      if (attempt.state != Attempt::State::kDone) break;
      read += attempt.bytes;
    }
  }
}

void carry_blocks(benchmark::State& state, Transport& from, Transport& to) {
  const Bytes block(static_cast<std::size_t>(state.range(0)), 'x');
  Bytes buffer(kReadBytes);
  for (auto _ : state) carry(from, to, block, buffer);
  state.SetBytesProcessed(state.iterations() * state.range(0));
}

void tls_records(benchmark::State& state, const char* cipher) {
  const Server server;
  const OneCipherClient client(cipher);
  const SocketPair sockets;
  const auto here = client.connect(sockets.here(), server.pin), there = server.context.accept(sockets.there());
  shake_hands(*here, *there);
  carry_blocks(state, *here, *there);
}

void plain_bytes(benchmark::State& state) {
  const SocketPair sockets;
  const auto here = make_plain_transport(sockets.here()), there = make_plain_transport(sockets.there());
  carry_blocks(state, *here, *there);
}

void sizes(benchmark::internal::Benchmark* made) { made->Arg(100)->Arg(16 << 10)->Arg(protocol::kMaxDataBytes); }

BENCHMARK_CAPTURE(tls_records, aes_128_gcm, "TLS_AES_128_GCM_SHA256")->Apply(sizes);
BENCHMARK_CAPTURE(tls_records, chacha20_poly1305, "TLS_CHACHA20_POLY1305_SHA256")->Apply(sizes);
BENCHMARK_CAPTURE(tls_records, aes_256_gcm, "TLS_AES_256_GCM_SHA384")->Apply(sizes);
BENCHMARK(plain_bytes)->Apply(sizes);

// Both ends of one, the pin compared.
void tls_handshake(benchmark::State& state) {
  const Server server;
  const auto client = require(TlsClientContext::create());
  for (auto _ : state) {
    const SocketPair sockets;
    const auto here = client.connect(sockets.here(), server.pin), there = server.context.accept(sockets.there());
    shake_hands(*here, *there);
  }
}
BENCHMARK(tls_handshake)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace ndisk::net
