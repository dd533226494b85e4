// limit: the least work that a verified transfer of one file allows on this machine.
//
//   limit SRC DST tls|plain both|receiver|none      prints seconds; exits 1 if the digests differ
//
// Two blocking threads on loopback: one reads SRC, the other writes DST; in between TLS 1.3 with AES-128-GCM or
// nothing, and SHA-256 at the ends that are named. No frames, no catalog, no sync. An upload needs both digests; a
// download of content whose digest the server knows needs the receiver's.
#include <fcntl.h>
#include <netinet/in.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string_view>
#include <thread>
#include <vector>

namespace {

constexpr std::size_t kBlockBytes = 256 * 1024;

template <class T>
T require(T value, const char* what) {
  if (value) return value;
  std::perror(what);
  std::exit(1);
}

using TlsContext = std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)>;

struct TlsContexts {
  TlsContext server{nullptr, SSL_CTX_free};
  TlsContext client{nullptr, SSL_CTX_free};
};

TlsContexts make_tls() {
  TlsContexts tls{{SSL_CTX_new(TLS_server_method()), SSL_CTX_free}, {SSL_CTX_new(TLS_client_method()), SSL_CTX_free}};
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(EVP_EC_gen("P-256"), EVP_PKEY_free);
  const std::unique_ptr<X509, decltype(&X509_free)> certificate(X509_new(), X509_free);
  X509_set_pubkey(certificate.get(), key.get());
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), 0);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 3600);
  require(X509_sign(certificate.get(), key.get(), EVP_sha256()) > 0, "sign");
  SSL_CTX_use_certificate(tls.server.get(), certificate.get());
  SSL_CTX_use_PrivateKey(tls.server.get(), key.get());
  SSL_CTX_set_ciphersuites(tls.client.get(), "TLS_AES_128_GCM_SHA256");
  SSL_CTX_set_read_ahead(tls.server.get(), 1);
  SSL_CTX_set_default_read_buffer_len(tls.server.get(), kBlockBytes);
  return tls;
}

// One end of the connection. Closes its socket.
class End {
 public:
  End(int socket, SSL_CTX* tls, bool accepts) : socket_(socket), ssl_(tls ? SSL_new(tls) : nullptr, SSL_free) {
    if (!ssl_) return;
    SSL_set_fd(ssl_.get(), socket_);
    require((accepts ? SSL_accept(ssl_.get()) : SSL_connect(ssl_.get())) == 1, "handshake");
  }
  End(const End&) = delete;
  End& operator=(const End&) = delete;
  ~End() { close(socket_); }

  void send(const char* data, std::size_t size) {
    while (size > 0) {
      const auto sent = ssl_ ? SSL_write(ssl_.get(), data, static_cast<int>(size)) : ::send(socket_, data, size, 0);
      require(sent > 0, "send");
      data += sent;
      size -= static_cast<std::size_t>(sent);
    }
  }
  // A whole block, or what is left.
  std::size_t receive(char* data, std::size_t size) {
    std::size_t have = 0;
    while (have < size) {
      const auto space = size - have;
      const auto got =
          ssl_ ? SSL_read(ssl_.get(), data + have, static_cast<int>(space)) : recv(socket_, data + have, space, 0);
      if (got <= 0) break;
      have += static_cast<std::size_t>(got);
    }
    return have;
  }
  void finish() {
    if (ssl_) SSL_shutdown(ssl_.get());
    shutdown(socket_, SHUT_WR);
  }

 private:
  const int socket_;
  std::unique_ptr<SSL, decltype(&SSL_free)> ssl_;
};

using Digest = std::array<unsigned char, 32>;

class Hash {
 public:
  explicit Hash(bool wanted) : context_(wanted ? EVP_MD_CTX_new() : nullptr, EVP_MD_CTX_free) {
    if (context_) EVP_DigestInit(context_.get(), EVP_sha256());
  }
  void add(const char* data, std::size_t size) {
    if (context_) EVP_DigestUpdate(context_.get(), data, size);
  }
  std::optional<Digest> end() {
    if (!context_) return std::nullopt;
    Digest digest;
    EVP_DigestFinal(context_.get(), digest.data(), nullptr);
    return digest;
  }

 private:
  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context_;
};

std::optional<Digest> take(End& end, const char* path, bool hashes) {
  const int target = open(path, O_WRONLY | O_CREAT | O_EXCL, 0644);
  require(target >= 0, path);
  Hash hash(hashes);
  std::vector<char> block(kBlockBytes);
  while (const auto size = end.receive(block.data(), block.size())) {
    hash.add(block.data(), size);
    require(write(target, block.data(), size) == static_cast<ssize_t>(size), "write");
  }
  close(target);
  return hash.end();
}

std::optional<Digest> give(End& end, const char* path, bool hashes) {
  const int source = open(path, O_RDONLY);
  require(source >= 0, path);
  Hash hash(hashes);
  std::vector<char> block(kBlockBytes);
  while (const auto size = read(source, block.data(), block.size())) {
    require(size > 0, "read");
    hash.add(block.data(), static_cast<std::size_t>(size));
    end.send(block.data(), static_cast<std::size_t>(size));
  }
  end.finish();
  close(source);
  return hash.end();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) return std::fprintf(stderr, "usage: limit SRC DST tls|plain both|receiver|none\n"), 2;
  const std::string_view transport = argv[3], who = argv[4];
  const auto tls = transport == "tls" ? make_tls() : TlsContexts{};

  const int listener = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  auto* const name = reinterpret_cast<sockaddr*>(&address);
  require(bind(listener, name, length) == 0 && listen(listener, 1) == 0, "listen");
  getsockname(listener, name, &length);
  unlink(argv[2]);

  const auto began = std::chrono::steady_clock::now();
  std::optional<Digest> taken;
  std::thread server([&] {
    End end(accept(listener, nullptr, nullptr), tls.server.get(), true);
    taken = take(end, argv[2], who != "none");
  });
  const int client = socket(AF_INET, SOCK_STREAM, 0);
  require(connect(client, name, length) == 0, "connect");
  End end(client, tls.client.get(), false);
  const auto given = give(end, argv[1], who == "both");
  server.join();
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - began;
  std::printf("%.4f\n", seconds.count());
  return given && taken && *given != *taken ? 1 : 0;
}
