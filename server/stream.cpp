#include "server/stream.hpp"

#include <new>

namespace ndisk::server {

void Stream::deliver(protocol::Frame frame, BodyShare share) {
  inbox_.push_back({std::move(frame), std::move(share)});
  changed_.notify();
}

void Stream::cancel() {
  cancelled_ = true;
  changed_.notify();
}

void Stream::cut() {
  cut_ = true;
  changed_.notify();
}

void Stream::take_no_more() {
  takes_no_more_ = true;
  changed_.notify();
}

net::Task<std::optional<Stream::Incoming>> Stream::receive() {
  while (inbox_.empty()) {
    if (is_over() || closed_ || takes_no_more_) co_return std::nullopt;
    co_await changed_.wait();
  }
  auto incoming = std::move(inbox_.front());
  inbox_.pop_front();
  co_return std::optional<Incoming>(std::move(incoming));
}

void Stream::answer(protocol::FrameType type, const google::protobuf::MessageLite& message) {
  if (closed_) return;
  connection_.post(type, id_, message);
  closed_ = protocol::closes_stream(type);
}

void Stream::answer(const Error& error) {
  // The session's end says why, on its own stream: what was not begun may be asked for again.
  if (cut_ && !cancelled_ && error.code == ErrorCode::kCancelled) return;
  if (error.code == ErrorCode::kProtocol) {
    broken_rule_ = error;
  } else {
    answer(protocol::FrameType::kError, protocol::to_wire(error));
    changed_.notify();
  }
}

void Stream::answer_out_of_memory() noexcept {
  // Nobody knows whether the last frame was queued: it must not be waited for.
  if (last_in_doubt_) return connection_.abort(out_of_memory());
  try {
    answer(out_of_memory());
  } catch (const std::bad_alloc&) {
    connection_.abort(out_of_memory());
  }
}

void Stream::report_progress() {
  // Nobody bounds how many of these there are, and a later one says all of what is left out here. Downloads may leave
  // no room for as long as they go on: one of each stream is queued all the same.
  if (!progress || closed_ || (!connection_.has_room() && !connection_.has_written(last_progress_))) return;
  wire::Progress message;
  message.set_received(progress->received);
  message.set_durable(progress->durable);
  answer(protocol::FrameType::kProgress, message);
  last_progress_ = connection_.queue_end();
}

void Stream::end() {
  if (closed_) return;
  const auto header = protocol::encode_header({0, protocol::FrameType::kEnd, id_});
  connection_.post_frames(Bytes(header.begin(), header.end()));
  closed_ = true;
}

net::Task<Result<void>> Stream::send(protocol::FrameType type, Bytes frame) {
  closed_ = last_in_doubt_ = protocol::closes_stream(type);
  return connection_.send(std::move(frame));
}

net::Task<Result<void>> Stream::send(protocol::FrameType type, const google::protobuf::MessageLite& message) {
  return send(type, net::encode_frame(type, id_, message));
}

}  // namespace ndisk::server
