#include "common/net/client_session.hpp"

namespace ndisk::net {

using protocol::FrameType;

Task<Result<ClientStream>> ClientSession::open_stream() {
  const auto allowed = server_.max_streams() == 0 ? 1u : server_.max_streams();
  while (!failure_ && inboxes_.size() + cancelled_.size() >= allowed) co_await stream_closed_.wait();
  if (failure_) co_return std::unexpected(*failure_);
  if (going_away_) co_return fail(ErrorCode::kShuttingDown, "the server is stopping", true);
  const auto id = next_stream_++;
  inboxes_.emplace(id, std::make_unique<Inbox>(executor_));
  co_return ClientStream(*this, id);
}

void ClientSession::close_stream(protocol::StreamId id, bool cancel) {
  const auto found = inboxes_.find(id);
  if (found == inboxes_.end()) return;
  for (const auto& frame : found->second->frames) inbox_bytes_ -= frame.payload.size();
  const auto& frames = found->second->frames;
  const bool closed = !frames.empty() && protocol::closes_stream(frames.back().header.type);
  inboxes_.erase(found);
  if (cancel && !closed && !failure_) {
    connection_.post(FrameType::kCancel, id, wire::Cancel());
    cancelled_.insert(id);
  }
  inbox_shrank_.notify();
  stream_closed_.notify();
}

ClientStream::ClientStream(ClientStream&& other) noexcept
    : session_(std::exchange(other.session_, nullptr)), id_(other.id_), ended_(other.ended_) {}

ClientStream::~ClientStream() {
  if (session_ != nullptr) session_->close_stream(id_, !ended_);
}

Task<Result<void>> ClientStream::send(FrameType type, const google::protobuf::MessageLite& message) {
  return session_->connection_.send(type, id_, message);
}

Task<Result<void>> ClientStream::send(Bytes frame) { return session_->connection_.send(std::move(frame)); }

Task<Result<protocol::Frame>> ClientStream::receive() {
  auto& inbox = *session_->inboxes_.at(id_);
  while (inbox.frames.empty()) {
    if (session_->failure_) co_return std::unexpected(*session_->failure_);
    co_await inbox.changed.wait();
  }
  auto frame = std::move(inbox.frames.front());
  inbox.frames.pop_front();
  session_->inbox_bytes_ -= frame.payload.size();
  session_->inbox_shrank_.notify();
  if (frame.header.type != FrameType::kError) co_return frame;
  ended_ = true;
  const auto error = protocol::parse_message<wire::ErrorMessage>(frame.payload);
  if (!error) co_return std::unexpected(error.error());
  co_return std::unexpected(protocol::from_wire(*error));
}

Task<Result<Bytes>> ClientStream::receive_payload(FrameType type) {
  auto frame = co_await receive();
  if (!frame) co_return std::unexpected(frame.error());
  if (frame->header.type != type) {
    co_return fail(ErrorCode::kProtocol, "the server answered with " +
                                             std::string(protocol::frame_type_name(frame->header.type)) + " instead of " +
                                             std::string(protocol::frame_type_name(type)));
  }
  co_return std::move(frame->payload);
}

bool ClientStream::has_frame() const {
  return session_->failure_.has_value() || !session_->inboxes_.at(id_)->frames.empty();
}

std::uint64_t ClientStream::received() const { return session_->inboxes_.at(id_)->received; }
std::uint64_t ClientStream::durable() const { return session_->inboxes_.at(id_)->durable; }

Task<> ClientStream::wait_for_news() {
  if (!session_->failure_) co_await session_->inboxes_.at(id_)->changed.wait();
}

}  // namespace ndisk::net
