#include "server/stream.hpp"

namespace ndisk::server {

void Stream::deliver(protocol::Frame frame, BodyShare share) {
  inbox_.push_back({std::move(frame), std::move(share)});
  changed_.notify();
}

void Stream::cancel() {
  cancelled_ = true;
  inbox_.clear();
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

void Stream::report_progress() {
  wire::Progress message;
  message.set_received(progress->received);
  message.set_durable(progress->durable);
  answer(protocol::FrameType::kProgress, message);
}

void Stream::end() {
  const auto header = protocol::encode_header({0, protocol::FrameType::kEnd, id_});
  connection_.post_frames(Bytes(header.begin(), header.end()));
}

}  // namespace ndisk::server
