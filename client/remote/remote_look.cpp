#include "client/remote/remote_look.hpp"

#include "client/request.hpp"
#include "common/protocol/bulk.hpp"
#include "common/shown_name.hpp"

namespace ndisk::client {
namespace {

using protocol::FrameType;

// Of an Open of no bytes: FileInfo and End, or, of a file that has none, all of it in one frame.
net::Task<Result<wire::FileInfo>> ask_info(Link& link, const wire::Open& open) {
  auto stream = co_await link.open_stream();
  if (!stream) co_return std::unexpected(stream.error());
  auto sent = co_await (*stream)->send(FrameType::kOpen, open);
  if (!sent) co_return std::unexpected(sent.error());
  auto frame = co_await (*stream)->receive();
  if (!frame) co_return std::unexpected(frame.error());
  if (frame->header.type == FrameType::kSmallFile) {
    (*stream)->mark_ended();
    const auto small = protocol::parse_small(frame->payload);
    if (!small) co_return std::unexpected(small.error());
    co_return protocol::parse_message<wire::FileInfo>(small->message);
  }
  if (frame->header.type != FrameType::kFileInfo) {
    co_return fail(ErrorCode::kProtocol,
                   "the server answered Open with " + std::string(protocol::frame_type_name(frame->header.type)));
  }
  co_return protocol::parse_message<wire::FileInfo>(frame->payload);
}

}  // namespace

net::Task<Result<wire::Entry>> look_at_remote(Link& link, const RemotePath& path) {
  wire::Stat message;
  message.set_path(path.bytes());
  auto info = co_await request<wire::StatInfo>(link, FrameType::kStat, message, FrameType::kStatInfo);
  if (!info) co_return std::unexpected(info.error());
  co_return std::move(*info->mutable_entry());
}

net::Task<Result<wire::Entry>> look_at_version(Link& link, const RemotePath& path, std::uint64_t version) {
  wire::Open open;
  open.set_path(path.bytes());
  open.set_version(version);
  open.set_length(0);
  Link::Tries tries;
  for (;;) {
    auto info = co_await ask_info(link, open);
    if (info) {
      link.note_progress();
      wire::Entry entry;
      entry.set_path(path.bytes());
      entry.set_kind(info->kind() == wire::LINK ? wire::LINK : wire::FILE);
      entry.set_size(info->size());
      entry.set_version(info->version());
      entry.set_sha256(info->sha256());
      *entry.mutable_attributes() = info->attributes();
      co_return entry;
    }
    auto retry = co_await link.before_retry(info.error(), tries);
    if (!retry) co_return std::unexpected(retry.error());
  }
}

Result<void> check_readable(const RemotePath& path, const wire::Entry& entry) {
  const auto name = path.is_root() ? "/" : shown_name(path.bytes());
  if (entry.kind() == wire::FOLDER)
    return fail(ErrorCode::kIsFolder, name + ": is a folder, which has no bytes to give");
  if (entry.kind() != wire::LINK) return {};
  return fail(ErrorCode::kInvalid, name + ": is a symbolic link, which is not followed here; name what it leads to");
}

}  // namespace ndisk::client
