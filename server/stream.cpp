#include "server/stream.hpp"

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

net::Task<std::optional<Stream::Incoming>> Stream::receive() {
  while (inbox_.empty()) {
    if (is_over()) co_return std::nullopt;
    co_await changed_.wait();
  }
  auto incoming = std::move(inbox_.front());
  inbox_.pop_front();
  co_return std::optional<Incoming>(std::move(incoming));
}

void Stream::answer(protocol::FrameType type, const google::protobuf::MessageLite& message) {
  if (closed_) return;
  closed_ = protocol::closes_stream(type);
  connection_.post(type, id_, message);
}

void Stream::answer(const Error& error) {
  if (error.code == ErrorCode::kProtocol) {
    broken_rule_ = error;
  } else {
    answer(protocol::FrameType::kError, protocol::to_wire(error));
  }
}

void Stream::report_progress() {
  if (!progress || closed_) return;
  wire::Progress message;
  message.set_received(progress->received);
  message.set_durable(progress->durable);
  answer(protocol::FrameType::kProgress, message);
}

void Stream::end() {
  if (closed_) return;
  closed_ = true;
  const auto header = protocol::encode_header({0, protocol::FrameType::kEnd, id_});
  connection_.post_frames(Bytes(header.begin(), header.end()));
}

net::Task<Result<void>> Stream::send(protocol::FrameType type, Bytes frame) {
  closed_ = protocol::closes_stream(type);
  return connection_.send(std::move(frame));
}

net::Task<Result<void>> Stream::send(protocol::FrameType type, const google::protobuf::MessageLite& message) {
  return send(type, net::encode_frame(type, id_, message));
}

}  // namespace ndisk::server
