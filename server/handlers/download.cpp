#include <algorithm>

#include "common/net/bulk_frame.hpp"
#include "server/handlers/entries.hpp"
#include "server/handlers/handlers.hpp"
#include "server/handlers/open_target.hpp"
#include "server/handlers/ranges.hpp"
#include "server/handlers/read_error.hpp"

namespace ndisk::server {
namespace {

using protocol::FrameType;
using storage::FileReader;

// What counts of an Open. The message itself, which may hold fields that nobody knows, is not kept.
struct OpenRequest {
  storage::OpenTarget target;
  std::uint64_t offset = 0;
  std::optional<std::uint64_t> length;
  std::optional<Digest> if_sha256;
  Ranges ranges;  // in place of the above
};

Result<OpenRequest> parse(const Bytes& payload) {
  const auto open = protocol::parse_message<wire::Open>(payload);
  if (!open) return std::unexpected(open.error());
  auto target = open_target_of(*open);
  if (!target) return std::unexpected(target.error());
  OpenRequest request{
      .target = std::move(*target), .offset = open->offset(), .length = {}, .if_sha256 = {}, .ranges = {}};
  if (open->has_length()) request.length = open->length();
  if (!open->if_sha256().empty()) {
    const auto digest = protocol::digest_field(open->if_sha256());
    if (!digest) return std::unexpected(digest.error());
    request.if_sha256 = *digest;
  }
  auto ranges = parse_ranges(open->ranges(), "Open");
  if (!ranges) return std::unexpected(ranges.error());
  request.ranges = std::move(*ranges);
  return request;
}

Result<Ranges> one_range_of(const OpenRequest& open, const FileReader& file) {
  if (open.if_sha256 && *open.if_sha256 != file.sha256()) return Ranges{{0, file.size()}};
  if (open.offset > file.size()) {
    return fail(ErrorCode::kInvalid, "offset " + std::to_string(open.offset) + " lies after the end of the file at " +
                                         std::to_string(file.size()));
  }
  const auto rest = file.size() - open.offset;
  return Ranges{{open.offset, open.offset + std::min(open.length.value_or(rest), rest)}};
}

Result<Ranges> ranges_of(const OpenRequest& open, const FileReader& file) {
  if (open.ranges.empty()) return one_range_of(open, file);
  if (auto checked = check_ranges(open.ranges, file.size()); !checked) return std::unexpected(checked.error());
  return open.ranges;
}

// A whole small file in one frame.
net::Task<> send_small(Request& request, const FileReader& file) {
  const auto size = static_cast<std::size_t>(file.size());
  const auto share = co_await request.outgoing.take(size);
  Bytes content(size);
  auto fetch = [&file, &content] { return file.read(0, content); };
  const auto count = co_await net::run_blocking(request.pool, fetch);
  if (!count) co_return co_await answer_read_error(request, file, count.error());
  auto frame = net::encode_small_frame(FrameType::kSmallFile, request.stream.id(), file_info_of(file, 0), content);
  // A connection that has ended is the session's to notice.
  static_cast<void>(co_await request.stream.send(FrameType::kSmallFile, std::move(frame)));
}

// Returns when all is queued, the stream is over, or an error was answered; true in the first case.
net::Task<bool> send_data(Request& request, const FileReader& file, Range range) {
  while (range.offset < range.end) {
    if (request.stream.is_over()) co_return false;
    const auto size =
        static_cast<std::size_t>(std::min<std::uint64_t>(protocol::kMaxDataBytes, range.end - range.offset));
    const auto share = co_await request.outgoing.take(size);
    net::DataFrame data(size);
    auto fetch = [&file, &data, &range] { return file.read(range.offset, data.content()); };
    const auto count = co_await net::run_blocking(request.pool, fetch);
    if (!count) {
      co_await answer_read_error(request, file, count.error());
      co_return false;
    }
    auto frame = std::move(data).finish(request.stream.id(), range.offset, *count);
    const auto sent = co_await request.stream.send(FrameType::kData, std::move(frame));
    if (!sent) co_return false;
    range.offset += *count;
  }
  co_return true;
}

net::Task<> send_ranges(Request& request, const FileReader& file, const Ranges& ranges) {
  for (const auto& range : ranges) {
    const bool complete = co_await send_data(request, file, range);
    if (!complete) co_return;
  }
  request.stream.end();
}

}  // namespace

net::Task<> handle_open(Request request, Stream::Incoming first) {
  const auto open = parse(first.frame.payload);
  if (!open) co_return request.stream.answer(open.error());
  first = {};
  auto look_up = [&request, &open] { return request.services.drive.open_file(request.actor, open->target); };
  const auto opened = co_await net::run_blocking(request.pool, look_up);
  if (!opened) co_return request.stream.answer(opened.error());
  const auto& file = **opened;
  const auto ranges = ranges_of(*open, file);
  if (!ranges) co_return request.stream.answer(ranges.error());
  const auto& first_range = ranges->front();
  const bool is_whole = first_range.offset == 0 && first_range.end == file.size();
  if (is_whole && file.size() <= protocol::kMaxSmallFileBytes) {
    co_await send_small(request, file);
  } else {
    request.stream.answer(FrameType::kFileInfo, file_info_of(file, first_range.offset));
    co_await send_ranges(request, file, *ranges);
  }
  if (request.stream.is_cancelled()) request.stream.answer({ErrorCode::kCancelled, "cancelled", false});
}

}  // namespace ndisk::server
