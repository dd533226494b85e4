// A connected byte stream (TCP, Unix socket, or TLS over either), driven by readiness: calls never block, and say what
// to wait for. One thread. FrameConnection does the waiting.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>

#include "common/bytes.hpp"
#include "common/error.hpp"

namespace ndisk::net {

// What came of one attempt to read, write or shake hands.
struct Attempt {
  enum class State : std::uint8_t { kDone, kWaitReadable, kWaitWritable, kEnd };
  State state = State::kDone;
  std::size_t bytes = 0;  // moved, if kDone
};

class Transport {
 public:
  virtual ~Transport() = default;

  // The socket; owned by the connection that waits on it, not by the transport.
  [[nodiscard]] virtual int socket() const = 0;
  // To be repeated until kDone, before reading or writing.
  [[nodiscard]] virtual Result<Attempt> handshake() = 0;
  // kEnd: the peer closed its side in an orderly way.
  [[nodiscard]] virtual Result<Attempt> read(std::span<std::uint8_t> out) = 0;
  [[nodiscard]] virtual Result<Attempt> write(ByteView bytes) = 0;
  // Tells the peer that nothing more comes, as far as that goes without waiting.
  virtual void shut_down() = 0;

  [[nodiscard]] virtual bool is_tls() const = 0;
  // Bytes that both ends of this TLS connection know and nobody else (RFC 5705, no context). Empty in plaintext.
  [[nodiscard]] virtual Result<Bytes> export_keying_material(const char* label, std::size_t bytes) = 0;
};

// Over a connected, non-blocking socket.
[[nodiscard]] std::unique_ptr<Transport> make_plain_transport(int socket);

}  // namespace ndisk::net
