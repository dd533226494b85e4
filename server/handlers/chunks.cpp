#include <algorithm>

#include "common/chunks/chunker.hpp"
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

constexpr std::size_t kBlockBytes = 256 * 1024;
// Read and cut in one turn at the pool: to come back to the session after each block takes longer than to read it.
constexpr std::uint64_t kTurnBytes = 1024 * 1024;
constexpr std::size_t kPageBytes = 2 * protocol::kMaxChunksPageEntries * sizeof(chunks::Chunk);  // and its frame
// A page is sent after so much content at the latest: a sign of life, however few chunks that is.
constexpr std::uint64_t kContentOfPage = 64 << 20;

struct ChunksRequest {
  storage::OpenTarget target;
  chunks::Cut cut;
  Ranges ranges;  // none: all of it
};

Result<ChunksRequest> parse(const Bytes& payload) {
  const auto message = protocol::parse_message<wire::GetChunks>(payload);
  if (!message) return std::unexpected(message.error());
  const chunks::Cut cut{message->average_log2(), message->fixed()};
  const auto least = cut.fixed ? chunks::kSmallestBlockLog2 : chunks::kSmallestAverageLog2;
  const auto most = cut.fixed ? chunks::kLargestBlockLog2 : chunks::kLargestAverageLog2;
  if (cut.log2 < least || cut.log2 > most) {
    return fail(ErrorCode::kInvalid, "GetChunks.average_log2 is " + std::to_string(least) + " to " +
                                         std::to_string(most) + ", not " + std::to_string(cut.log2));
  }
  auto target = open_target_of(*message);
  if (!target) return std::unexpected(target.error());
  auto ranges = parse_ranges(message->ranges(), "GetChunks");
  if (!ranges) return std::unexpected(ranges.error());
  return ChunksRequest{std::move(*target), cut, std::move(*ranges)};
}

// Cuts a file, or parts of it, into chunks, some blocks at a time, each in its turn with the session's other work, and
// sends their hashes.
class ChunkListing {
 public:
  ChunkListing(Request& request, const FileReader& file, chunks::Cut cut)
      : request_(request), file_(file), reader_(cut) {}

  // Returns when all is queued, the stream is over, or an error was answered.
  net::Task<> run(const Ranges& ranges) {
    for (const auto& range : ranges) {
      const bool all_added = co_await cut(range);
      if (!all_added) co_return;
    }
    const bool all_sent = co_await send_pages();
    if (all_sent) request_.stream.end();
  }

 private:
  net::Task<bool> cut(const Range& range) {
    auto read = [this] { return read_turn(); };
    position_ = range.offset;
    end_ = range.end;
    while (position_ < end_) {
      if (request_.stream.is_over()) co_return false;
      const auto added = co_await add_turn(read);
      if (!added) co_return false;
      if (chunks_.size() < protocol::kMaxChunksPageEntries && not_told_ < kContentOfPage) continue;
      const bool sent = co_await send_pages();
      if (!sent) co_return false;
    }
    reader_.finish(chunks_);
    co_return true;
  }

  template <class Read>
  net::Task<bool> add_turn(Read& read) {
    const auto share = co_await request_.outgoing.take(kBlockBytes);
    const auto done = co_await net::run_blocking(request_.pool, read);
    if (!done) co_await answer_read_error(request_, file_, done.error());
    const bool is_read = done.has_value();
    co_return is_read;
  }

  // On the pool: the block takes memory only while it is worked on.
  Result<void> read_turn() {
    const auto turn_end = std::min(end_, position_ + kTurnBytes);
    Bytes block(static_cast<std::size_t>(std::min<std::uint64_t>(kBlockBytes, turn_end - position_)));
    while (position_ < turn_end) {
      const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(block.size(), turn_end - position_));
      const auto count = file_.read(position_, std::span(block).first(wanted));
      if (!count) return std::unexpected(count.error());
      if (*count == 0) return fail(ErrorCode::kIntegrity, "the file's content on the server's disk is cut short");
      reader_.add(ByteView(block).first(*count), chunks_);
      position_ += *count;
      not_told_ += *count;
    }
    return {};
  }

  net::Task<bool> send_pages() {
    not_told_ = 0;
    std::span<const chunks::Chunk> left = chunks_;
    while (!left.empty()) {
      const auto part = left.first(std::min(left.size(), protocol::kMaxChunksPageEntries));
      const auto share = co_await request_.outgoing.take(kPageBytes);
      const auto page = page_of(part);
      const auto sent = co_await request_.stream.send(FrameType::kChunksPage, page);
      if (!sent) co_return false;
      left = left.subspan(part.size());
    }
    chunks_.clear();
    co_return true;
  }

  static wire::ChunksPage page_of(std::span<const chunks::Chunk> part) {
    wire::ChunksPage page;
    page.mutable_hashes()->Reserve(static_cast<int>(part.size()));
    page.mutable_lengths()->Reserve(static_cast<int>(part.size()));
    for (const auto& chunk : part) {
      page.add_hashes(chunk.hash);
      page.add_lengths(chunk.length);
    }
    return page;
  }

  Request& request_;
  const FileReader& file_;
  chunks::ChunkReader reader_;
  std::vector<chunks::Chunk> chunks_;  // not sent yet: those of some blocks more than a page
  std::uint64_t position_ = 0;
  std::uint64_t end_ = 0;       // of the part that is being cut
  std::uint64_t not_told_ = 0;  // bytes that were cut since the last page
};

}  // namespace

net::Task<> handle_get_chunks(Request request, Stream::Incoming first) {
  auto wanted = parse(first.frame.payload);
  if (!wanted) co_return request.stream.answer(wanted.error());
  first = {};
  const auto opened = co_await open_in_turn(request, wanted->target);
  if (!opened) co_return request.stream.answer(opened.error());
  const auto& file = *opened->reader;
  const auto checked = check_ranges(wanted->ranges, file.size());
  if (!checked) co_return request.stream.answer(checked.error());
  if (wanted->ranges.empty()) wanted->ranges.push_back({0, file.size()});
  const auto& ranges = wanted->ranges;
  request.stream.answer(FrameType::kFileInfo, file_info_of(file, ranges.front().offset));
  ChunkListing listing(request, file, wanted->cut);
  co_await listing.run(ranges);
  if (request.stream.is_cancelled()) request.stream.answer({ErrorCode::kCancelled, "cancelled", false});
}

}  // namespace ndisk::server
