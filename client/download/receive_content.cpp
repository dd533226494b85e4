#include "client/download/download.hpp"
#include "common/protocol/bulk.hpp"
#include "common/shown_name.hpp"

namespace ndisk::client {
namespace {

using protocol::FrameType;

// What is written and digested in one go on the pool, while the next is coming in.
constexpr std::size_t kGather = 1024 * 1024;

net::Task<Result<Link::Stream>> open_file(Link& link, const RemoteFile& file, std::uint64_t offset) {
  auto stream = co_await link.open_stream();
  if (!stream) co_return std::unexpected(stream.error());
  wire::Open open;
  open.set_version(file.version);
  open.set_offset(offset);
  auto sent = co_await (*stream)->send(FrameType::kOpen, open);
  if (!sent) co_return std::unexpected(sent.error());
  co_return std::move(*stream);
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

// Frames that came already, in order, up to kGather; waits for the first. `ended` is set by End.
net::Task<Result<std::vector<protocol::Frame>>> gather(Link::Stream& stream, bool& ended) {
  std::vector<protocol::Frame> frames;
  std::size_t bytes = 0;
  while (!ended && bytes < kGather && (frames.empty() || stream->has_frame())) {
    auto frame = co_await stream->receive();
    // What came before a cut is worth keeping; the next receive() gives the same error.
    if (!frame && !frames.empty() && frame.error().retryable) break;
    if (!frame) co_return std::unexpected(frame.error());
    if (frame->header.type == FrameType::kEnd) {
      ended = true;
    } else if (frame->header.type == FrameType::kData) {
      bytes += frame->payload.size();
      frames.push_back(std::move(*frame));
    } else {
      co_return std::unexpected(unexpected_frame(*frame));
    }
  }
  co_return frames;
}

Result<void> append_frames(const std::vector<protocol::Frame>& frames, std::uint64_t& position, Append& append) {
  for (const auto& frame : frames) {
    const auto data = protocol::parse_data(frame.payload);
    if (!data) return std::unexpected(data.error());
    if (data->offset != position) return fail(ErrorCode::kProtocol, "the server left a gap in the content");
    if (auto appended = append(data->content); !appended) return appended;
    position += data->content.size();
  }
  return {};
}

net::Task<Result<void>> receive_data(Transfer& transfer, Link::Stream& stream, const RemoteFile& file,
                                     std::uint64_t position, Append& append) {
  bool ended = false;
  while (!ended) {
    if (transfer.link.stopping()) co_return fail(ErrorCode::kCancelled, "interrupted");
    const auto frames = co_await gather(stream, ended);
    if (!frames) co_return std::unexpected(frames.error());
    const auto before = position;
    auto work = [&] { return append_frames(*frames, position, append); };
    auto appended = co_await net::run_blocking(transfer.pool, work);
    transfer.progress.moved(position - before);
    if (!appended) co_return appended;
    if (position > before) transfer.link.note_progress();
  }
  stream->mark_ended();
  if (position != file.size()) co_return fail(ErrorCode::kProtocol, "the server ended the content too early");
  co_return Result<void>();
}

}  // namespace

Error damaged(const RemoteFile& file) {
  return {ErrorCode::kIntegrity,
          shown_name(file.path.bytes()) +
              ": the bytes that came do not have their digest; get it again, and have the " +
              "server's disk checked if that does not help",
          false};
}

net::Task<Result<void>> receive_content(Transfer& transfer, const RemoteFile& file, std::uint64_t offset,
                                        Append& append) {
  auto stream = co_await open_file(transfer.link, file, offset);
  if (!stream) co_return std::unexpected(stream.error());
  const auto frame = co_await (*stream)->receive();
  if (!frame) co_return std::unexpected(frame.error());
  if (frame->header.type == FrameType::kSmallFile) {
    (*stream)->mark_ended();
    const auto small = protocol::parse_small(frame->payload);
    if (!small) co_return std::unexpected(small.error());
    const auto info = protocol::parse_message<wire::FileInfo>(small->message);
    if (!info) co_return std::unexpected(info.error());
    if (auto checked = check_info(file, *info, offset); !checked) co_return checked;
    if (small->content.size() != file.size()) co_return std::unexpected(damaged(file));
    auto work = [&] { return append(small->content); };
    auto appended = co_await net::run_blocking(transfer.pool, work);
    transfer.progress.moved(small->content.size());
    transfer.link.note_progress();
    co_return appended;
  }
  if (frame->header.type != FrameType::kFileInfo) co_return std::unexpected(unexpected_frame(*frame));
  const auto info = protocol::parse_message<wire::FileInfo>(frame->payload);
  if (!info) co_return std::unexpected(info.error());
  if (auto checked = check_info(file, *info, offset); !checked) co_return checked;
  co_return co_await receive_data(transfer, *stream, file, offset, append);
}

}  // namespace ndisk::client
