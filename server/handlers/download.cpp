#include <algorithm>

#include "common/net/bulk_frame.hpp"
#include "server/handlers/entries.hpp"
#include "server/handlers/handlers.hpp"
#include "server/handlers/open_file.hpp"
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

// Most small files are smaller, and are read where they are looked up: that saves a turn in the pool. Nobody knows
// before how large a file is, so this much is taken from the budget.
constexpr std::size_t kReadAtOnceBytes = 16 * 1024;

using Frame = Result<net::SmallFrame>;

struct Found {
  std::unique_ptr<FileReader> file;
  Ranges ranges;
  bool is_small = false;       // the whole of a small file is wanted
  std::optional<Frame> frame;  // of one that was read at once
};

// Blocks, as does the next.
Frame read_small(const Request& request, const FileReader& file) {
  net::SmallFrame frame(FrameType::kSmallFile, request.stream.id(), file_info_of(file, 0), file.size());
  const auto count = file.read(0, frame.content());
  if (!count) return std::unexpected(count.error());
  return frame;
}

Result<Found> look_up(const Request& request, const OpenRequest& open) {
  auto opened = request.services.drive.open_file(request.actor, open.target);
  if (!opened) return std::unexpected(std::move(opened.error()));
  const auto& file = **opened;
  auto ranges = ranges_of(open, file);
  if (!ranges) return std::unexpected(std::move(ranges.error()));
  const auto& first = ranges->front();
  const bool is_whole = first.offset == 0 && first.end == file.size();
  const bool is_small = is_whole && file.size() <= protocol::kMaxSmallFileBytes;
  std::optional<Frame> frame;
  if (is_small && file.size() <= kReadAtOnceBytes) frame = read_small(request, file);
  return Found{std::move(*opened), std::move(*ranges), is_small, std::move(frame)};
}

// A whole small file in one frame. `share` is what was taken for one that was read at once.
net::Task<> send_small(Request& request, Found& found, net::ByteBudget::Share share) {
  const auto& file = *found.file;
  const auto size = static_cast<std::size_t>(file.size());
  if (found.frame) {
    share.shrink(size);
  } else {
    share = {};
    share = co_await request.outgoing.take(size);
    auto read = [&request, &file] { return read_small(request, file); };
    found.frame = co_await net::run_blocking(request.pool, read);
  }
  auto& frame = *found.frame;
  if (!frame) co_return co_await answer_read_error(request, file, frame.error());
  // A connection that has ended is the session's to notice.
  static_cast<void>(co_await request.stream.send(FrameType::kSmallFile, std::move(*frame).finish()));
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
  // Before the budget: who has of it waits for no turn, for all turns may wait for the budget.
  const auto turn = co_await take_open_turn(request);
  if (!turn) co_return request.stream.answer(turn.error());
  auto share = co_await request.outgoing.take(kReadAtOnceBytes);
  auto look = [&request, &open] { return look_up(request, *open); };
  auto found = co_await net::run_blocking(request.pool, look);
  if (!found) co_return request.stream.answer(found.error());
  if (found->is_small) {
    co_await send_small(request, *found, std::move(share));
  } else {
    share = {};
    request.stream.answer(FrameType::kFileInfo, file_info_of(*found->file, found->ranges.front().offset));
    co_await send_ranges(request, *found->file, found->ranges);
  }
  if (request.stream.is_cancelled()) request.stream.answer({ErrorCode::kCancelled, "cancelled", false});
}

}  // namespace ndisk::server
