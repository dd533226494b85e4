// Frames over a socket: reads and writes at the same time, with deadlines and a bounded queue of what goes out.
//
// One thread. start() after construction, then finish() before destruction. One coroutine reads; any may send.
#pragma once

#include <list>
#include <memory>
#include <optional>

#include "common/net/socket.hpp"
#include "common/net/task.hpp"
#include "common/net/transport.hpp"
#include "common/net/waiting_line.hpp"
#include "common/protocol/frame.hpp"

namespace google::protobuf {
class MessageLite;
}

namespace ndisk::net {

class FrameConnection {
 public:
  // send() waits while more than this is queued.
  static constexpr std::size_t kQueueBytes = 256 * 1024;

  FrameConnection(Socket socket, std::unique_ptr<Transport> transport);
  ~FrameConnection();
  FrameConnection(const FrameConnection&) = delete;
  FrameConnection& operator=(const FrameConnection&) = delete;

  // TLS only; at once done in plaintext.
  Task<Result<void>> handshake(Duration limit);
  // Starts the writer.
  void start();

  // The next frame. kNetwork (retryable): the connection ended; kDeadline: no byte came for the read limit;
  // kProtocol: the peer broke the framing, which message() says how.
  Task<Result<protocol::Frame>> read_frame();
  // For reads that start from now on, and for one that waits now: it starts anew.
  void set_read_limit(Duration limit);
  // The longest payload that is taken, from now on; longer ones break the protocol.
  void limit_payload(std::size_t bytes) { parser_.limit_payload(bytes); }
  // From now on nothing is read while more than kQueueBytes wait to be written: a peer that asks and does not read the
  // answers is not listened to.
  void read_only_with_room() { reads_only_with_room_ = true; }
  void set_write_limit(Duration limit) { write_limit_ = limit; }

  // Queues a message without waiting. Who reads the requests bounds the answers: see read_only_with_room().
  void post(protocol::FrameType type, protocol::StreamId stream, const google::protobuf::MessageLite& message);
  void post_frames(Bytes frames);
  [[nodiscard]] bool has_room() const { return queued_bytes_ <= kQueueBytes; }
  // Where what is queued next will begin, in bytes since the start; and whether all before a place is with the kernel.
  [[nodiscard]] std::uint64_t queue_end() const { return queued_in_all_; }
  [[nodiscard]] bool has_written(std::uint64_t place) const { return queued_in_all_ - queued_bytes_ >= place; }
  // Waits until no more than kQueueBytes are queued, and all who came before have gone on. Fails when the connection
  // has ended.
  Task<Result<void>> wait_for_room();
  // Queues encoded frames (one or more, whole); waits for room first. Fails when the connection has ended.
  Task<Result<void>> send(Bytes frames);
  Task<Result<void>> send(protocol::FrameType type, protocol::StreamId stream,
                          const google::protobuf::MessageLite& message);
  // Waits until all that was queued is with the kernel.
  Task<Result<void>> flush();

  // Ends reading only: read_frame() fails with `reason`, also if it waits now; what is queued is still written.
  void stop_reading(Error reason);
  // Ends reading and writing now; calls under way fail with `reason`.
  void abort(Error reason);
  // Writes what is queued, each wait at most `limit` and no wait after `whole`, and tells the peer that nothing more
  // comes. So it is: what is posted from now on is dropped, and who waits to send is refused.
  Task<> say_goodbye(Duration limit, Duration whole);
  // After that, and with nobody in read_frame(): reads and drops what the peer still sends until it closes too, so that
  // a reset of the connection can't eat our last words. At most `limit`.
  Task<> drain(Duration limit);
  // Closes and waits for the writer.
  Task<> finish();

  [[nodiscard]] Executor executor() const { return socket_.executor(); }
  [[nodiscard]] bool is_tls() const { return transport_->is_tls(); }
  [[nodiscard]] Result<Bytes> login_exporter();
  [[nodiscard]] bool has_failed() const { return failure_.has_value(); }
  [[nodiscard]] std::uint64_t bytes_received() const { return bytes_received_; }
  [[nodiscard]] std::uint64_t bytes_sent() const { return bytes_sent_; }

 private:
  [[nodiscard]] Duration longest_write_wait() const;
  Task<Result<void>> fill_inbox();
  void take_frames(ByteView input);
  Task<> write_loop();
  Task<Result<void>> write_all(ByteView bytes);
  void queue(Bytes frames);
  // Whoever waits for the queue to become shorter looks again.
  void wake_waiting();

  Socket socket_;
  std::unique_ptr<Transport> transport_;
  TaskGroup tasks_;
  protocol::FrameParser parser_;
  // Lists take no memory while they are empty, which on most connections they are.
  std::list<protocol::Frame> inbox_;
  std::list<Bytes> outbox_;
  std::size_t queued_bytes_ = 0;
  std::uint64_t queued_in_all_ = 0;
  bool writing_ = false;
  bool says_goodbye_ = false;
  Event outbox_changed_;
  Event outbox_shrank_;
  WaitingLine senders_;
  std::optional<Error> failure_;
  std::optional<Error> read_end_;
  bool reads_only_with_room_ = false;
  int reads_in_turn_ = 0;
  int frames_in_turn_ = 0;
  Duration read_limit_ = std::chrono::seconds(60);
  Duration write_limit_ = std::chrono::seconds(60);
  TimePoint goodbye_ends_ = TimePoint::max();
  std::uint64_t bytes_received_ = 0;
  std::uint64_t bytes_sent_ = 0;
};

// One frame as bytes: header, then the message.
[[nodiscard]] Bytes encode_frame(protocol::FrameType type, protocol::StreamId stream,
                                 const google::protobuf::MessageLite& message);

}  // namespace ndisk::net
