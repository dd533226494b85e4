#include "common/net/client_session.hpp"

namespace ndisk::net {

using protocol::FrameType;

Task<Result<ClientStream>> ClientSession::open_stream() {
  const auto allowed = server_.max_streams() == 0 ? 1u : server_.max_streams();
  while (!failure_ && open_streams_ + cancelled_.size() >= allowed) co_await stream_closed_.wait();
  if (failure_) co_return std::unexpected(*failure_);
  if (going_away_) co_return fail(ErrorCode::kShuttingDown, "the server is stopping", true);
  ++open_streams_;
  co_return ClientStream(*this, std::make_unique<Inbox>(executor_));
}

protocol::StreamId ClientSession::give_id(Inbox& inbox) {
  const auto id = next_stream_++;
  inboxes_.emplace(id, &inbox);
  return id;
}

void ClientSession::close_stream(protocol::StreamId id, const Inbox& inbox, bool cancel) {
  --open_streams_;
  inboxes_.erase(id);
  for (const auto& frame : inbox.frames) inbox_bytes_ -= memory_of(frame);
  if (cancel && !inbox.closed && id != protocol::kSessionStream && !failure_) {
    connection_.post(FrameType::kCancel, id, wire::Cancel());
    cancelled_.insert(id);
  }
  inbox_shrank_.notify();
  stream_closed_.notify();
}

ClientStream::ClientStream(ClientSession& session, std::unique_ptr<Inbox> inbox)
    : session_(&session), inbox_(std::move(inbox)) {}

ClientStream::ClientStream(ClientStream&& other) noexcept
    : session_(std::exchange(other.session_, nullptr)),
      id_(other.id_),
      inbox_(std::move(other.inbox_)),
      ended_(other.ended_) {}

ClientStream::~ClientStream() {
  if (session_ != nullptr) session_->close_stream(id_, *inbox_, !ended_);
}

Task<Result<void>> ClientStream::send(FrameType type, const google::protobuf::MessageLite& message) {
  return send(encode_frame(type, id_, message));
}

Task<Result<void>> ClientStream::send(Bytes frame) {
  auto room = co_await session_->connection_.wait_for_room();
  if (!room) co_return room;
  if (id_ == protocol::kSessionStream) id_ = session_->give_id(*inbox_);
  protocol::set_stream(frame, id_);
  session_->connection_.post_frames(std::move(frame));
  co_return Result<void>();
}

Task<Result<protocol::Frame>> ClientStream::receive() {
  auto& inbox = *inbox_;
  while (inbox.frames.empty()) {
    if (session_->failure_) co_return std::unexpected(*session_->failure_);
    co_await inbox.changed.wait();
  }
  auto frame = std::move(inbox.frames.front());
  inbox.frames.pop_front();
  session_->inbox_bytes_ -= memory_of(frame);
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
                                             std::string(protocol::frame_type_name(frame->header.type)) +
                                             " instead of " + std::string(protocol::frame_type_name(type)));
  }
  co_return std::move(frame->payload);
}

bool ClientStream::has_frame() const { return session_->failure_.has_value() || !inbox_->frames.empty(); }

std::uint64_t ClientStream::received() const { return inbox_->received; }
std::uint64_t ClientStream::durable() const { return inbox_->durable; }

Task<> ClientStream::wait_for_news() {
  if (!session_->failure_) co_await inbox_->changed.wait();
}

}  // namespace ndisk::net
