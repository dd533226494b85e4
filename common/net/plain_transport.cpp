#include <sys/socket.h>

#include <cerrno>

#include "common/net/transport.hpp"

namespace ndisk::net {
namespace {

class PlainTransport final : public Transport {
 public:
  explicit PlainTransport(int socket) : socket_(socket) {}

  int socket() const override { return socket_; }
  Result<Attempt> handshake() override { return Attempt{}; }

  Result<Attempt> read(std::span<std::uint8_t> out) override {
    const auto count = ::recv(socket_, out.data(), out.size(), 0);
    if (count == 0) return Attempt{Attempt::State::kEnd};
    if (count > 0) return Attempt{Attempt::State::kDone, static_cast<std::size_t>(count)};
    return would_block(Attempt::State::kWaitReadable, "reading from");
  }

  Result<Attempt> write(ByteView bytes) override {
    const auto count = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count >= 0) return Attempt{Attempt::State::kDone, static_cast<std::size_t>(count)};
    return would_block(Attempt::State::kWaitWritable, "writing to");
  }

  void shut_down() override { ::shutdown(socket_, SHUT_WR); }
  bool is_tls() const override { return false; }
  Result<Bytes> export_keying_material(const char*, std::size_t) override { return Bytes{}; }

 private:
  static Result<Attempt> would_block(Attempt::State wait, const char* verb) {
    if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR) return Attempt{wait};
    return fail_errno(errno, verb, "the connection");
  }

  int socket_;
};

}  // namespace

std::unique_ptr<Transport> make_plain_transport(int socket) { return std::make_unique<PlainTransport>(socket); }

}  // namespace ndisk::net
