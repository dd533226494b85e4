// The side of a session that opens it: connects, proves who it is, and opens streams.
//
// Used by the client for everything and by the server's own administration commands. One thread. finish() before
// destruction, after every stream has gone.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <variant>
#include <vector>

#include "common/digest.hpp"
#include "common/net/device_key.hpp"
#include "common/net/frame_connection.hpp"
#include "common/net/tls.hpp"
#include "common/protocol/invite.hpp"
#include "common/protocol/messages.hpp"

namespace ndisk::net {

// Where a server is and how it is reached.
struct TlsAddress {
  std::vector<protocol::HostPort> addresses;
  Digest pin{};
};
struct PlainAddress {
  protocol::HostPort address;
};
struct UnixAddress {
  std::string path;
};
using ServerAddress = std::variant<TlsAddress, PlainAddress, UnixAddress>;

// How this side proves who it is.
struct DeviceCredentials {
  DeviceSeed seed{};
};
struct EnrolCredentials {
  DeviceSeed seed{};
  protocol::Token token{};
  std::string device_name;
};
struct LocalCredentials {};  // by uid, on the Unix socket
using Credentials = std::variant<DeviceCredentials, EnrolCredentials, LocalCredentials>;

struct SessionTimes {
  Duration connect = std::chrono::seconds(10);  // for each address, and again for its handshake
  Duration silence = std::chrono::seconds(60);  // nothing at all heard from the server: it is gone
};

class ClientSession;

// What a frame takes while it waits, however little is in it.
[[nodiscard]] constexpr std::size_t memory_of(const protocol::Frame& frame) {
  constexpr std::size_t kAround = 64;  // its own memory's, and its place in a queue
  return frame.payload.size() + sizeof(protocol::Frame) + kAround;
}

// One operation. Must not outlive its session. Destroying a stream that has not ended sends Cancel; what still comes
// for it is dropped.
class ClientStream {
 public:
  ClientStream(ClientStream&& other) noexcept;
  ClientStream& operator=(ClientStream&&) = delete;
  ~ClientStream();

  // 0 until the first frame was sent.
  [[nodiscard]] protocol::StreamId id() const { return id_; }

  Task<Result<void>> send(protocol::FrameType type, const google::protobuf::MessageLite& message);
  // A whole encoded frame, see bulk_frame.hpp; its stream id is filled in here. A stream gets its id with the first
  // frame that is queued for it, so that ids count up on the wire whoever had to wait for room.
  Task<Result<void>> send(Bytes frame);
  // The next frame for this stream. An Error frame becomes an error here, and so does the end of the session.
  // Progress frames are not given out: see received() and durable().
  Task<Result<protocol::Frame>> receive();
  // The next frame must be of this type (kProtocol else), and is parsed.
  template <class Message>
  Task<Result<Message>> receive(protocol::FrameType type) {
    auto payload = co_await receive_payload(type);
    if (!payload) co_return std::unexpected(payload.error());
    co_return protocol::parse_message<Message>(*payload);
  }
  // Whether receive() would return without waiting.
  [[nodiscard]] bool has_frame() const;
  // From the newest Progress frame.
  [[nodiscard]] std::uint64_t received() const;
  [[nodiscard]] std::uint64_t durable() const;
  // Returns when a frame, Progress included, came for this stream or the session ended.
  Task<> wait_for_news();
  // The server's last frame for this stream has been taken: no Cancel is due.
  void mark_ended() { ended_ = true; }

 private:
  friend class ClientSession;
  struct Inbox;
  ClientStream(ClientSession& session, std::unique_ptr<Inbox> inbox);
  Task<Result<Bytes>> receive_payload(protocol::FrameType type);

  ClientSession* session_;
  protocol::StreamId id_ = protocol::kSessionStream;  // none yet
  std::unique_ptr<Inbox> inbox_;
  bool ended_ = false;
};

struct ClientStream::Inbox {
  explicit Inbox(const Executor& executor) : changed(executor) {}
  std::deque<protocol::Frame> frames;
  Event changed;
  bool closed = false;  // the server's last frame has come, and may wait to be taken
  std::uint64_t received = 0;
  std::uint64_t durable = 0;
};

class ClientSession {
 public:
  // Connects, shakes hands and logs in. The errors of these steps: kNetwork, kDeadline, kIdentity, kNotAllowed,
  // kUnsupportedVersion, kNotFound (no such socket).
  static Task<Result<std::unique_ptr<ClientSession>>> open(ServerAddress address, Credentials credentials,
                                                           SessionTimes times = {});
  ~ClientSession();
  ClientSession(const ClientSession&) = delete;
  ClientSession& operator=(const ClientSession&) = delete;

  [[nodiscard]] const wire::ServerHello& server() const { return server_; }
  [[nodiscard]] const wire::Welcome& welcome() const { return welcome_; }
  // The one of the server's addresses at which it answered; none of a Unix socket.
  [[nodiscard]] const protocol::HostPort& address() const { return address_; }

  // Waits while as many streams are open as the server allows.
  Task<Result<ClientStream>> open_stream();
  // kNetwork and the like once the session has ended; then every stream fails the same way.
  [[nodiscard]] const std::optional<Error>& failure() const { return failure_; }
  [[nodiscard]] bool is_going_away() const { return going_away_; }
  // From the login to the last sign of life from the server, the end that it or the network made of the session
  // included.
  [[nodiscard]] Duration served() const { return heard_at_ - logged_in_at_; }
  [[nodiscard]] std::uint64_t bytes_sent() const { return connection_.bytes_sent(); }
  [[nodiscard]] std::uint64_t bytes_received() const { return connection_.bytes_received(); }

  // Ends the session for all streams, with this reason.
  void abort(Error reason);
  // Says goodbye after all that was sent, and waits for the reader and the writer.
  Task<> finish();

 private:
  friend class ClientStream;

  using Inbox = ClientStream::Inbox;

  ClientSession(Executor executor, Socket socket, std::unique_ptr<Transport> transport, SessionTimes times);

  Task<Result<void>> log_in(const Credentials& credentials);
  Task<Result<void>> say_hello(wire::Hello& hello);
  Task<Result<void>> prove(const Credentials& credentials, const wire::Hello& hello);
  Task<Result<void>> read_server_hello();
  // The payload of the next frame, which must be of this type or an Error.
  Task<Result<Bytes>> read_answer(protocol::FrameType type, const char* question);
  Task<> read_loop();
  Task<> keep_alive();
  void dispatch(protocol::Frame frame);
  void on_session_frame(const protocol::Frame& frame);
  protocol::StreamId give_id(Inbox& inbox);
  void close_stream(protocol::StreamId id, const Inbox& inbox, bool cancel);
  void end(Error reason);

  Executor executor_;
  SessionTimes times_;
  // TLS keeps using its context as long as a connection lives.
  std::optional<TlsClientContext> tls_;
  FrameConnection connection_;
  wire::ServerHello server_;
  wire::Welcome welcome_;
  protocol::HostPort address_;
  std::optional<Error> failure_;
  bool going_away_ = false;
  TimePoint logged_in_at_;
  TimePoint heard_at_;
  // Bytes received and sent when keep_alive last looked.
  std::uint64_t heard_ = 0;
  std::uint64_t said_ = 0;
  protocol::StreamId next_stream_ = 1;
  std::size_t inbox_bytes_ = 0;
  std::size_t open_streams_ = 0;
  std::unordered_map<protocol::StreamId, Inbox*> inboxes_;  // of the open streams that have an id
  // Cancelled here, and the server's last frame has not come: they still count there.
  std::unordered_set<protocol::StreamId> cancelled_;
  Event inbox_shrank_;
  Event stream_closed_;
  asio::steady_timer keep_alive_timer_;
  TaskGroup tasks_;
};

}  // namespace ndisk::net
