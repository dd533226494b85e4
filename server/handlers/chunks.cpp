#include <algorithm>

#include "common/chunks/chunker.hpp"
#include "server/handlers/entries.hpp"
#include "server/handlers/handlers.hpp"
#include "server/handlers/open_target.hpp"
#include "server/handlers/read_error.hpp"

namespace ndisk::server {
namespace {

using protocol::FrameType;
using storage::FileReader;

constexpr std::size_t kBlockBytes = 256 * 1024;
// A page is sent after so much content at the latest: a sign of life, however few chunks that is.
constexpr std::uint64_t kContentOfPage = 64 << 20;

struct ChunksRequest {
  storage::OpenTarget target;
  unsigned average_log2;
};

Result<ChunksRequest> parse(const Bytes& payload) {
  const auto message = protocol::parse_message<wire::GetChunks>(payload);
  if (!message) return std::unexpected(message.error());
  if (message->average_log2() < chunks::kSmallestAverageLog2 || message->average_log2() > chunks::kLargestAverageLog2) {
    return fail(ErrorCode::kInvalid, "GetChunks.average_log2 is " + std::to_string(chunks::kSmallestAverageLog2) +
                                         " to " + std::to_string(chunks::kLargestAverageLog2) + ", not " +
                                         std::to_string(message->average_log2()));
  }
  auto target = open_target_of(*message);
  if (!target) return std::unexpected(target.error());
  return ChunksRequest{std::move(*target), message->average_log2()};
}

// Cuts a file into chunks, block by block, each in its turn with the session's other work, and sends their hashes.
class ChunkListing {
 public:
  ChunkListing(Request& request, const FileReader& file, unsigned average_log2)
      : request_(request), file_(file), reader_(average_log2) {}

  // Returns when all is queued, the stream is over, or an error was answered.
  net::Task<> run() {
    auto read = [this] { return read_block(); };
    while (position_ < file_.size()) {
      if (request_.stream.is_over()) co_return;
      const auto added = co_await add_block(read);
      if (!added) co_return;
      if (chunks_.size() < protocol::kMaxChunksPageEntries && position_ - sent_ < kContentOfPage) continue;
      const bool sent = co_await send_pages();
      if (!sent) co_return;
    }
    reader_.finish(chunks_);
    const bool all_sent = co_await send_pages();
    if (all_sent) request_.stream.end();
  }

 private:
  template <class Read>
  net::Task<bool> add_block(Read& read) {
    const auto share = co_await request_.outgoing.take(kBlockBytes);
    const auto done = co_await net::run_blocking(request_.pool, read);
    if (!done) co_await answer_read_error(request_, file_, done.error());
    const bool is_read = done.has_value();
    co_return is_read;
  }

  // On the pool: the block takes memory only while it is worked on.
  Result<void> read_block() {
    Bytes block(static_cast<std::size_t>(std::min<std::uint64_t>(kBlockBytes, file_.size() - position_)));
    const auto count = file_.read(position_, block);
    if (!count) return std::unexpected(count.error());
    if (*count == 0) return fail(ErrorCode::kIntegrity, "the file's content on the server's disk is cut short");
    reader_.add(ByteView(block).first(*count), chunks_);
    position_ += *count;
    return {};
  }

  net::Task<bool> send_pages() {
    sent_ = position_;
    std::span<const chunks::Chunk> left = chunks_;
    while (!left.empty()) {
      const auto part = left.first(std::min(left.size(), protocol::kMaxChunksPageEntries));
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
  std::uint64_t sent_ = 0;  // position_ at the last page
};

}  // namespace

net::Task<> handle_get_chunks(Request request, Stream::Incoming first) {
  const auto wanted = parse(first.frame.payload);
  if (!wanted) co_return request.stream.answer(wanted.error());
  first = {};
  auto look_up = [&request, &wanted] { return request.services.drive.open_file(request.actor, wanted->target); };
  const auto opened = co_await net::run_blocking(request.pool, look_up);
  if (!opened) co_return request.stream.answer(opened.error());
  request.stream.answer(FrameType::kFileInfo, file_info_of(**opened, 0));
  ChunkListing listing(request, **opened, wanted->average_log2);
  co_await listing.run();
  if (request.stream.is_cancelled()) request.stream.answer({ErrorCode::kCancelled, "cancelled", false});
}

}  // namespace ndisk::server
