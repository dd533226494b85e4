#include "tests/fuzz/hostile_answers.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "common/protocol/messages.hpp"
#include "tests/fuzz/scripted_frames.hpp"
#include "tests/fuzz/targets.hpp"

namespace ndisk::fuzz {
namespace {

using protocol::FrameType;

// What a frame of a group may be: the answers first, so that small numbers are likely ones.
constexpr std::array kAnswers{
    FrameType::kListPage,     FrameType::kEnd,       FrameType::kFileInfo,    FrameType::kData,
    FrameType::kSmallFile,    FrameType::kStatInfo,  FrameType::kDone,        FrameType::kCommitted,
    FrameType::kSend,         FrameType::kResume,    FrameType::kVerified,    FrameType::kReceiptState,
    FrameType::kVersionsPage, FrameType::kTrashPage, FrameType::kUploadsPage, FrameType::kError,
    FrameType::kProgress,     FrameType::kGoAway,    FrameType::kPong,        FrameType::kWelcome,
    FrameType::kServerHello,  FrameType::kCancel,    FrameType::kChunksPage};

constexpr std::uint8_t kEndsGroup = 0x80;
constexpr std::uint8_t kOnSessionStream = 0x40;

bool send_all(int connection, ByteView bytes) {
  while (!bytes.empty()) {
    const auto count = ::send(connection, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count <= 0) return false;
    bytes = bytes.subspan(static_cast<std::size_t>(count));
  }
  return true;
}

Bytes greeting() {
  wire::ServerHello hello;
  hello.set_version(protocol::kVersion);
  hello.set_nonce(std::string(protocol::kNonceBytes, 's'));
  hello.set_max_streams(8);
  wire::Welcome welcome;
  welcome.set_user("owner");
  welcome.set_device_id(std::string(protocol::kDeviceIdBytes, 'd'));
  Bytes frames;
  append_frame(frames, FrameType::kServerHello, 0, as_bytes(hello.SerializeAsString()));
  append_frame(frames, FrameType::kWelcome, 0, as_bytes(welcome.SerializeAsString()));
  return frames;
}

}  // namespace

HostileAnswers::HostileAnswers(const std::string& socket_path, ByteView script)
    : script_(script), listener_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)), stop_(::eventfd(0, EFD_CLOEXEC)) {
  sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
  require(socket_path.size() < sizeof address.sun_path, "a socket's path is short");
  std::ranges::copy(socket_path, address.sun_path);
  const auto* generic = reinterpret_cast<const sockaddr*>(&address);
  const bool listens = ::bind(listener_, generic, sizeof address) == 0 && ::listen(listener_, 8) == 0;
  require(listens && stop_ >= 0, "a socket can be listened on");
  thread_ = std::jthread([this] { serve(); });
}

HostileAnswers::~HostileAnswers() {
  const std::uint64_t one = 1;
  static_cast<void>(::write(stop_, &one, sizeof one) < 0);
  thread_.join();
  ::close(listener_);
  ::close(stop_);
}

bool HostileAnswers::wait_for(int descriptor) const {
  std::array<pollfd, 2> either{{{descriptor, POLLIN, 0}, {stop_, POLLIN, 0}}};
  while (::poll(either.data(), either.size(), -1) < 0) {
  }
  return either[1].revents == 0;
}

void HostileAnswers::serve() {
  while (wait_for(listener_)) {
    const int connection = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (connection < 0) continue;
    talk(connection);
    ::close(connection);
  }
}

void HostileAnswers::talk(int connection) {
  last_stream_ = 0;
  if (script_.is_over() || !send_all(connection, greeting())) return;
  protocol::FrameParser parser;
  std::array<std::uint8_t, 16 * 1024> buffer;
  while (wait_for(connection)) {
    const auto count = ::recv(connection, buffer.data(), buffer.size(), 0);
    if (count <= 0) return;
    ByteView came(buffer.data(), static_cast<std::size_t>(count));
    for (;;) {
      const auto frame = parser.next(came);
      if (!frame) return;
      if (!*frame) break;
      if (!answer(connection, **frame)) return;
    }
  }
}

bool HostileAnswers::answer(int connection, const protocol::Frame& frame) {
  const bool goes_on = frame.header.stream <= last_stream_ && frame.header.type != FrameType::kCommit;
  if (goes_on) return true;
  last_stream_ = std::max(last_stream_, frame.header.stream);
  return send_all(connection, next_group(frame.header.stream)) && !script_.is_over();
}

// Of each frame one byte has its type and two flags, and two the length of the payload.
Bytes HostileAnswers::next_group(protocol::StreamId stream) {
  Bytes group;
  while (!script_.is_over()) {
    const auto kind = script_.byte();
    const auto type = kAnswers[(kind & 0x3F) % kAnswers.size()];
    const auto length = script_.byte() * std::size_t{256} + script_.byte();
    const bool on_session = (kind & kOnSessionStream) != 0;
    append_frame(group, type, on_session ? protocol::kSessionStream : stream, script_.piece(length));
    if ((kind & kEndsGroup) != 0) break;
  }
  return group;
}

}  // namespace ndisk::fuzz
