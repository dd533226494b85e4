// The server's end of one stream: frames that came for it, and the answers. One I/O thread.
#pragma once

#include <deque>
#include <memory>
#include <optional>

#include "common/net/byte_budget.hpp"
#include "common/net/frame_connection.hpp"
#include "common/protocol/messages.hpp"

namespace ndisk::server {

// The memory that a received frame takes: of its session's budget, and of its I/O thread's.
struct BodyShare {
  net::ByteBudget::Share of_session;
  net::ByteBudget::Share of_thread;
};

class Stream {
 public:
  Stream(const net::Executor& executor, net::FrameConnection& connection, protocol::StreamId id)
      : connection_(connection), id_(id), changed_(executor) {}

  [[nodiscard]] protocol::StreamId id() const { return id_; }

  // ---- For the session's reader
  void deliver(protocol::Frame frame, BodyShare share);
  // The client cancelled it. What came before is still given out.
  void cancel();
  // The session ended: nothing more can come or be answered. What came is still given out, so that it is kept.
  void cut();

  // ---- For the handler
  [[nodiscard]] bool is_cancelled() const { return cancelled_; }
  [[nodiscard]] bool is_closed() const { return closed_; }  // its last frame was sent
  [[nodiscard]] bool is_over() const { return cancelled_ || cut_; }
  struct Incoming {
    protocol::Frame frame;
    BodyShare share;  // give it up when the frame's bytes have been used
  };
  // The next frame; none when all that came was given out and is_over(), or an error was the stream's last word, or
  // take_no_more() was said.
  net::Task<std::optional<Incoming>> receive();
  // As the budget's take(); none if the stream is_over() before it is served, at once then.
  net::Task<std::optional<net::ByteBudget::Share>> take_of(net::ByteBudget& budget, std::size_t bytes) {
    return budget.take_until(bytes, changed_, [this] { return is_over(); });
  }
  // Also ends a receive() that waits now.
  void take_no_more();

  // The first frame that closes the stream is its last: what would follow is left out.
  void answer(protocol::FrameType type, const google::protobuf::MessageLite& message);
  // kProtocol is no answer: the client broke a rule, and the session ends with it.
  void answer(const Error& error);
  // The handler could get no memory. If there is none for the answer either, the session ends; also if the last frame
  // was given to send(), which may not have queued it. One that was answered before stays the last.
  void answer_out_of_memory() noexcept;
  [[nodiscard]] const std::optional<Error>& broken_rule() const { return broken_rule_; }
  void end();
  // A frame that was built elsewhere; waits for room in the connection's queue. Fails when the connection has ended.
  net::Task<Result<void>> send(protocol::FrameType type, Bytes frame);
  net::Task<Result<void>> send(protocol::FrameType type, const google::protobuf::MessageLite& message);
  // Left out while the connection's queue has no room and the one before is in it: downloads may leave none for long.
  void report_progress();

  [[nodiscard]] net::Executor executor() const { return connection_.executor(); }

  bool takes_content = false;  // Data, CopyRange and Commit may come
  // An upload or a verification shows here how far it is; the session tells the client now and then.
  struct Reached {
    std::uint64_t received = 0;
    std::uint64_t durable = 0;
  };
  std::optional<Reached> progress;

 private:
  net::FrameConnection& connection_;
  protocol::StreamId id_;
  std::deque<Incoming> inbox_;
  net::Event changed_;
  bool cancelled_ = false;
  bool cut_ = false;
  bool takes_no_more_ = false;
  bool closed_ = false;         // its last frame was sent
  bool last_in_doubt_ = false;  // or was to be: who knows whether it is in the queue
  std::optional<Error> broken_rule_;
  std::uint64_t last_progress_ = 0;  // where it ends among all that was queued
};

}  // namespace ndisk::server
