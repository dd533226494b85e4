#include "common/net/frame_connection.hpp"

#include <google/protobuf/message_lite.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <asio/post.hpp>
#include <asio/use_awaitable.hpp>

#include "common/net/cork.hpp"
#include "common/net/handshake.hpp"
#include "common/protocol/versions.hpp"

namespace ndisk::net {
namespace {

constexpr std::size_t kReadBytes = 64 * 1024;
// Small frames are put together up to this size, so that many fit one record and one system call.
constexpr std::size_t kCoalesceBytes = 16 * 1024;
// As much as this is sent in full packets.
constexpr std::size_t kCorkBytes = 32 * 1024;
// Reads without a wait in between before other connections of this thread get their turn.
constexpr int kReadsPerTurn = 8;
// Frames, likewise: thousands of the smallest ones fit one read.
constexpr int kFramesPerTurn = 256;

// One buffer a thread, not one a connection: it is filled and emptied between two suspensions.
std::span<std::uint8_t> scratch() {
  thread_local std::array<std::uint8_t, kReadBytes> buffer;
  return buffer;
}

}  // namespace

Bytes encode_frame(protocol::FrameType type, protocol::StreamId stream, const google::protobuf::MessageLite& message) {
  const auto size = message.ByteSizeLong();
  const auto header = protocol::encode_header({static_cast<std::uint32_t>(size), type, stream});
  Bytes frame(header.size() + size);
  std::ranges::copy(header, frame.begin());
  message.SerializeWithCachedSizesToArray(frame.data() + header.size());
  return frame;
}

FrameConnection::FrameConnection(Socket socket, std::unique_ptr<Transport> transport)
    : socket_(std::move(socket)),
      transport_(std::move(transport)),
      tasks_(socket_.executor(), [this] { abort(out_of_memory()); }),
      outbox_changed_(socket_.executor()),
      outbox_shrank_(socket_.executor()),
      senders_(socket_.executor()) {}

FrameConnection::~FrameConnection() = default;

void FrameConnection::start() { tasks_.spawn(write_loop()); }

Task<Result<void>> FrameConnection::handshake(Duration limit) { return shake_hands(*transport_, socket_, limit); }

Task<Result<protocol::Frame>> FrameConnection::read_frame() {
  if (++frames_in_turn_ > kFramesPerTurn) {
    frames_in_turn_ = 0;
    co_await asio::post(socket_.executor(), asio::use_awaitable);
  }
  while (inbox_.empty()) {
    auto filled = co_await fill_inbox();
    if (!filled) co_return std::unexpected(filled.error());
  }
  auto frame = std::move(inbox_.front());
  inbox_.pop_front();
  co_return frame;
}

Task<Result<void>> FrameConnection::fill_inbox() {
  while (inbox_.empty()) {
    while (reads_only_with_room_ && !has_room() && !failure_ && !read_end_) {
      co_await outbox_shrank_.wait();
    }
    if (failure_) co_return std::unexpected(*failure_);
    if (read_end_) co_return std::unexpected(*read_end_);
    if (++reads_in_turn_ > kReadsPerTurn) {
      reads_in_turn_ = 0;
      co_await asio::post(socket_.executor(), asio::use_awaitable);
      continue;
    }
    const auto buffer = scratch();
    const auto attempt = transport_->read(buffer);
    if (!attempt) co_return std::unexpected(attempt.error());
    if (attempt->state == Attempt::State::kEnd) co_return std::unexpected(closed_error());
    if (attempt->state == Attempt::State::kDone) {
      take_frames(buffer.first(attempt->bytes));
      continue;
    }
    reads_in_turn_ = frames_in_turn_ = 0;
    auto waited = co_await wait_for(socket_, attempt->state, read_limit_);
    if (!waited && !read_end_) co_return std::unexpected(failure_.value_or(waited.error()));
  }
  co_return Result<void>();
}

void FrameConnection::take_frames(ByteView input) {
  bytes_received_ += input.size();
  for (;;) {
    auto frame = parser_.next(input);
    if (!frame) read_end_ = frame.error();  // after what came before the fault
    if (!frame || !*frame) return;
    inbox_.push_back(std::move(**frame));
  }
}

void FrameConnection::set_read_limit(Duration limit) {
  if (limit == read_limit_) return;
  read_limit_ = limit;
  socket_.wake_reader();
}

void FrameConnection::queue(Bytes frames) {
  const auto size = frames.size();
  // The front may be in the middle of being written: only a later buffer can grow.
  const bool tail_is_free = outbox_.size() > (writing_ ? 1u : 0u);
  if (tail_is_free && outbox_.back().size() + frames.size() <= kCoalesceBytes) {
    outbox_.back().insert(outbox_.back().end(), frames.begin(), frames.end());
  } else {
    outbox_.push_back(std::move(frames));
  }
  queued_bytes_ += size;
  queued_in_all_ += size;
  outbox_changed_.notify();
}

void FrameConnection::wake_waiting() {
  outbox_shrank_.notify();
  senders_.wake_first();
}

void FrameConnection::post(protocol::FrameType type, protocol::StreamId stream,
                           const google::protobuf::MessageLite& message) {
  post_frames(encode_frame(type, stream, message));
}

void FrameConnection::post_frames(Bytes frames) {
  if (!failure_ && !says_goodbye_) queue(std::move(frames));
}

Task<Result<void>> FrameConnection::wait_for_room() {
  const auto may_go = [this] { return has_room() || failure_ || says_goodbye_; };
  if (!senders_.empty() || !may_go()) co_await senders_.wait(may_go);
  if (failure_) co_return std::unexpected(*failure_);
  if (says_goodbye_) co_return fail(ErrorCode::kCancelled, "the session is ending");
  co_return Result<void>();
}

Task<Result<void>> FrameConnection::send(Bytes frames) {
  auto room = co_await wait_for_room();
  if (room) queue(std::move(frames));
  co_return room;
}

Task<Result<void>> FrameConnection::send(protocol::FrameType type, protocol::StreamId stream,
                                         const google::protobuf::MessageLite& message) {
  return send(encode_frame(type, stream, message));
}

Task<Result<void>> FrameConnection::flush() {
  while (queued_bytes_ > 0 && !failure_) co_await outbox_shrank_.wait();
  if (failure_) co_return std::unexpected(*failure_);
  co_return Result<void>();
}

Task<> FrameConnection::write_loop() {
  Cork cork(socket_.descriptor());
  while (!failure_) {
    if (outbox_.empty()) {
      cork.pull_out();
      co_await outbox_changed_.wait();
      continue;
    }
    if (queued_bytes_ >= kCorkBytes) cork.put_in();
    writing_ = true;
    auto written = co_await write_all(outbox_.front());
    writing_ = false;
    if (!written) {
      abort(written.error());
      co_return;
    }
    queued_bytes_ -= outbox_.front().size();
    outbox_.pop_front();
    wake_waiting();
  }
}

Duration FrameConnection::longest_write_wait() const {
  return std::min(write_limit_, goodbye_ends_ - std::chrono::steady_clock::now());
}

Task<Result<void>> FrameConnection::write_all(ByteView bytes) {
  while (!bytes.empty()) {
    if (failure_) co_return std::unexpected(*failure_);
    const auto attempt = transport_->write(bytes);
    if (!attempt) co_return std::unexpected(attempt.error());
    if (attempt->state != Attempt::State::kDone) {
      auto waited = co_await wait_for(socket_, attempt->state, longest_write_wait());
      if (!waited) co_return waited;
      continue;
    }
    bytes_sent_ += attempt->bytes;
    bytes = bytes.subspan(attempt->bytes);
  }
  co_return Result<void>();
}

void FrameConnection::stop_reading(Error reason) {
  if (!read_end_) read_end_ = std::move(reason);
  socket_.wake_reader();
  wake_waiting();
}

void FrameConnection::abort(Error reason) {
  if (failure_) return;
  failure_ = std::move(reason);
  socket_.close();
  outbox_changed_.notify();
  wake_waiting();
}

Task<> FrameConnection::say_goodbye(Duration limit, Duration whole) {
  says_goodbye_ = true;
  wake_waiting();
  write_limit_ = std::min(write_limit_, limit);
  goodbye_ends_ = std::chrono::steady_clock::now() + whole;
  socket_.shorten_write_wait(longest_write_wait());
  const auto flushed = co_await flush();
  if (!flushed) co_return;
  transport_->shut_down();
  ::shutdown(socket_.descriptor(), SHUT_WR);
}

Task<> FrameConnection::drain(Duration limit) {
  const auto deadline = std::chrono::steady_clock::now() + limit;
  for (int reads = 1; !failure_; ++reads) {
    if (reads % kReadsPerTurn == 0) co_await asio::post(socket_.executor(), asio::use_awaitable);
    const auto count = ::recv(socket_.descriptor(), scratch().data(), kReadBytes, 0);
    const auto left = deadline - std::chrono::steady_clock::now();
    if (count == 0 || left <= Duration::zero()) co_return;
    if (count > 0) continue;
    if (errno != EAGAIN && errno != EWOULDBLOCK) co_return;
    auto readable = co_await socket_.wait_readable(left);
    if (!readable) co_return;
  }
}

Task<> FrameConnection::finish() {
  abort(closed_error());
  co_await tasks_.join();
}

Result<Bytes> FrameConnection::login_exporter() {
  if (!transport_->is_tls()) return Bytes{};
  return transport_->export_keying_material(protocol::kExporterLabel, protocol::kExporterBytes);
}

}  // namespace ndisk::net
