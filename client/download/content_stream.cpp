#include "client/download/content_stream.hpp"

#include <asio/this_coro.hpp>

#include "client/download/ordered_appends.hpp"
#include "common/protocol/bulk.hpp"

namespace ndisk::client {
namespace {

using protocol::FrameType;

// What is written and digested in one go on the pool, while the next is coming in.
constexpr std::size_t kGather = 512 * 1024;
constexpr std::size_t kMostHeld = 2 * kGather;

wire::Open open_message(const RemoteFile& file, std::span<const ContentRange> parts) {
  wire::Open open;
  open.set_version(file.version);
  const auto& first = parts.front();
  if (parts.size() == 1 && first.offset + first.length == file.size()) {
    open.set_offset(first.offset);
    return open;
  }
  for (const auto& part : parts) {
    auto& range = *open.add_ranges();
    range.set_offset(part.offset);
    range.set_length(part.length);
  }
  return open;
}

Error unexpected_frame(const protocol::Frame& frame) {
  return {ErrorCode::kProtocol,
          "the server answered Open with " + std::string(protocol::frame_type_name(frame.header.type)), false};
}

Result<void> check_info(const RemoteFile& file, const wire::FileInfo& info, std::uint64_t offset) {
  const bool same_kind = (info.kind() == wire::LINK) == file.wanted.is_link && info.kind() != wire::FOLDER;
  const bool same_content = info.size() == file.size() && info.sha256() == as_text(file.wanted.sha256);
  if (same_kind && same_content && info.offset() == offset) return {};
  return fail(ErrorCode::kProtocol, "the server sent another content than was asked for");
}

std::uint64_t content_bytes(const protocol::Frame& frame) {
  return frame.payload.size() - std::min(frame.payload.size(), protocol::kDataHeaderBytes);
}

}  // namespace

net::Task<Result<ContentStream>> ContentStream::open(Transfer& transfer, const RemoteFile& file,
                                                     std::span<const ContentRange> parts) {
  auto stream = co_await transfer.link.open_stream();
  if (!stream) co_return std::unexpected(stream.error());
  ContentStream content(transfer, file, std::move(*stream));
  const auto message = open_message(file, parts);
  const auto sent = co_await content.stream_->send(FrameType::kOpen, message);
  if (!sent) co_return std::unexpected(sent.error());
  const auto told = co_await content.read_info(parts.front().offset);
  if (!told) co_return std::unexpected(told.error());
  co_return std::move(content);
}

net::Task<Result<void>> ContentStream::read_info(std::uint64_t offset) {
  auto frame = co_await stream_->receive();
  if (!frame) co_return std::unexpected(frame.error());
  ByteView message = frame->payload;
  if (frame->header.type == FrameType::kSmallFile) {
    stream_->mark_ended();
    const auto small = protocol::parse_small(frame->payload);
    if (!small) co_return std::unexpected(small.error());
    message = small->message;
  } else if (frame->header.type != FrameType::kFileInfo) {
    co_return std::unexpected(unexpected_frame(*frame));
  }
  const auto info = protocol::parse_message<wire::FileInfo>(message);
  if (!info) co_return std::unexpected(info.error());
  if (auto checked = check_info(file_, *info, offset); !checked) co_return checked;
  if (frame->header.type == FrameType::kSmallFile) small_ = std::move(*frame);
  co_return Result<void>();
}

net::Task<Result<void>> ContentStream::take_small(Append& append) {
  const auto small = protocol::parse_small(small_->payload);
  if (!small) co_return std::unexpected(small.error());
  if (small->content.size() != file_.size()) co_return std::unexpected(damaged(file_));
  auto work = [&] { return append(small->content); };
  auto appended = co_await net::run_blocking(transfer_.pool, work);
  transfer_.progress.moved(small->content.size());
  transfer_.link.note_progress();
  co_return appended;
}

// Frames in order, with as much of the `left` bytes of content as makes a batch, or little more; takes off what came.
// Waits for the first; for others only while the pool has work, so that it is not woken for each.
net::Task<Result<std::vector<protocol::Frame>>> ContentStream::gather(std::uint64_t& left,
                                                                      const OrderedAppends& appends) {
  if (failure_) co_return std::unexpected(*failure_);
  std::vector<protocol::Frame> frames;
  const auto most = std::min<std::uint64_t>(kGather, left);
  std::uint64_t bytes = 0;
  std::size_t held = 0;  // memory: frames may be small
  while (bytes < most && held < kMostHeld && (frames.empty() || stream_->has_frame() || appends.is_busy())) {
    auto frame = co_await stream_->receive();
    if (!frame) {
      // What came before a cut is worth keeping. An error frame comes once: it is told with the next call.
      failure_ = frame.error();
      if (!frames.empty() && failure_->retryable) break;
      co_return std::unexpected(*failure_);
    }
    if (frame->header.type == FrameType::kEnd) {
      co_return fail(ErrorCode::kProtocol, "the server ended the content too early");
    }
    if (frame->header.type != FrameType::kData) co_return std::unexpected(unexpected_frame(*frame));
    const auto came = content_bytes(*frame);
    if (came == 0) co_return fail(ErrorCode::kProtocol, "a Data frame without content");
    bytes += came;
    held += net::memory_of(*frame);
    frames.push_back(std::move(*frame));
  }
  left -= std::min(left, bytes);
  co_return frames;
}

net::Task<Result<void>> ContentStream::take(ContentRange part, Append& append) {
  if (small_) co_return fail(ErrorCode::kProtocol, "the server sent all of a file of which a part was asked for");
  const auto executor = co_await asio::this_coro::executor;
  auto note = [this](std::uint64_t bytes) {
    transfer_.progress.moved(bytes);
    transfer_.link.note_progress();
  };
  OrderedAppends appends(executor, transfer_.pool, part, append, note);
  const auto received = co_await receive(part.length, appends);
  const auto appended = co_await appends.finish();
  co_return appended ? received : appended;
}

net::Task<Result<void>> ContentStream::receive(std::uint64_t left, OrderedAppends& appends) {
  while (left > 0) {
    if (transfer_.link.stopping()) co_return fail(ErrorCode::kCancelled, "interrupted");
    auto frames = co_await gather(left, appends);
    if (!frames) co_return std::unexpected(frames.error());
    auto added = co_await appends.add(std::move(*frames));
    if (!added) co_return added;
  }
  co_return Result<void>();
}

net::Task<Result<void>> ContentStream::finish() {
  const auto frame = co_await stream_->receive();
  if (!frame) co_return std::unexpected(frame.error());
  if (frame->header.type != FrameType::kEnd) co_return std::unexpected(unexpected_frame(*frame));
  stream_->mark_ended();
  co_return Result<void>();
}

}  // namespace ndisk::client
