#include "client/transfer/copy_plans.hpp"

#include <asio/this_coro.hpp>

namespace ndisk::client {
namespace {

using Chunks = std::vector<chunks::Chunk>;
using protocol::FrameType;

constexpr int kMostTries = 3;
constexpr std::size_t kBlock = 256 * 1024;
constexpr std::size_t kSlice = 8 * 1024 * 1024;  // cut in one go, before it is looked whether to go on

// Both ends cut at the same time, by the same numbers.
class BothEnds {
 public:
  BothEnds(Transfer& transfer, const SourceFile& local, RemoteVersion remote)
      : transfer_(transfer),
        local_(local),
        remote_(remote),
        average_log2_(chunks::average_log2_for(std::max(local.stamp().size, remote.size))) {}

  net::Task<Result<void>> cut() {
    net::TaskGroup fetching(co_await asio::this_coro::executor);
    fetching.spawn(fetch());
    auto cut = co_await cut_local();
    failed_ = !cut;
    co_await fetching.join();
    if (!cut) co_return cut;
    co_return fetched_;
  }

  [[nodiscard]] const Chunks& here() const { return here_; }
  [[nodiscard]] const Chunks& there() const { return there_; }

 private:
  net::Task<Result<void>> cut_local() {
    chunks::ChunkReader reader(average_log2_);
    std::uint64_t position = 0;
    auto cut_slice = [&]() -> Result<bool> {
      Bytes block(kBlock);
      for (std::size_t done = 0; done < kSlice; done += kBlock) {
        const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(kBlock, local_.stamp().size - position));
        const auto count = local_.read(position, std::span(block).first(wanted));
        if (!count) return std::unexpected(count.error());
        reader.add(ByteView(block).first(*count), here_);
        position += *count;
        if (*count < kBlock) return false;
      }
      return true;
    };
    for (bool more = true; more;) {
      if (transfer_.link.stopping()) co_return fail(ErrorCode::kCancelled, "interrupted");
      const auto cut = co_await net::run_blocking(transfer_.pool, cut_slice);
      if (!cut) co_return std::unexpected(cut.error());
      more = *cut;
    }
    reader.finish(here_);
    co_return Result<void>();
  }

  // Each try begins anew, so that on a line that is lost again and again it is better to do without.
  net::Task<> fetch() {
    for (int tries = 0; tries < kMostTries; ++tries) {
      there_.clear();
      fetched_ = co_await fetch_once();
      if (fetched_ || failed_) co_return;
      fetched_ = co_await transfer_.link.before_retry(fetched_.error());
      if (!fetched_) co_return;
    }
    fetched_ = fail(ErrorCode::kIo, "the connection was lost too often to compare chunks");
  }

  net::Task<Result<void>> fetch_once() {
    auto stream = co_await transfer_.link.open_stream();
    if (!stream) co_return std::unexpected(stream.error());
    wire::GetChunks message;
    message.set_version(remote_.version);
    message.set_average_log2(average_log2_);
    auto sent = co_await (*stream)->send(FrameType::kGetChunks, message);
    if (!sent) co_return sent;
    const auto info = co_await (*stream)->receive<wire::FileInfo>(FrameType::kFileInfo);
    if (!info) co_return std::unexpected(info.error());
    if (info->size() != remote_.size)
      co_return fail(ErrorCode::kProtocol, "the server cut another content into chunks");
    co_return co_await take_pages(*stream);
  }

  net::Task<Result<void>> take_pages(Link::Stream& stream) {
    std::uint64_t position = 0;
    while (!failed_) {
      const auto frame = co_await stream->receive();
      if (!frame) co_return std::unexpected(frame.error());
      if (frame->header.type == FrameType::kEnd) break;
      if (frame->header.type != FrameType::kChunksPage) {
        co_return fail(ErrorCode::kProtocol, "the server answered GetChunks with " +
                                                 std::string(protocol::frame_type_name(frame->header.type)));
      }
      auto taken = take_page(frame->payload, position);
      if (!taken) co_return taken;
      if (position > furthest_) transfer_.link.note_progress();
      furthest_ = std::max(furthest_, position);
    }
    if (failed_) co_return Result<void>();
    stream->mark_ended();
    if (position != remote_.size) co_return fail(ErrorCode::kProtocol, "the server's chunks end too early");
    co_return Result<void>();
  }

  Result<void> take_page(ByteView payload, std::uint64_t& position) {
    const auto page = protocol::parse_message<wire::ChunksPage>(payload);
    if (!page) return std::unexpected(page.error());
    if (page->hashes_size() != page->lengths_size()) {
      return fail(ErrorCode::kProtocol, "the server sent hashes without lengths");
    }
    const auto average = std::uint64_t{1} << average_log2_;
    for (int i = 0; i < page->hashes_size(); ++i) {
      const std::uint64_t length = page->lengths(i), rest = remote_.size - position;
      const bool is_last = length == rest;
      if (length > rest || length > 4 * average || (length < average / 4 && !is_last) || length == 0) {
        return fail(ErrorCode::kProtocol, "the server sent a chunk that can't be");
      }
      there_.push_back({page->lengths(i), page->hashes(i)});
      position += length;
    }
    return {};
  }

  Transfer& transfer_;
  const SourceFile& local_;
  const RemoteVersion remote_;
  const unsigned average_log2_;
  Chunks here_;
  Chunks there_;
  std::uint64_t furthest_ = 0;  // of all tries
  Result<void> fetched_;
  bool failed_ = false;  // at this end: what the other end says is not needed any more
};

chunks::CopyPlan compare(const Chunks& old, const Chunks& wanted) {
  chunks::KnownChunks known;
  for (const auto& chunk : old) known.add(chunk);
  known.sort();
  return chunks::plan_copy(known, wanted);
}

}  // namespace

net::Task<Result<chunks::CopyPlan>> plan_upload(Transfer& transfer, const SourceFile& wanted, RemoteVersion old) {
  BothEnds ends(transfer, wanted, old);
  const auto cut = co_await ends.cut();
  if (!cut) co_return std::unexpected(cut.error());
  auto plan = [&ends]() -> Result<chunks::CopyPlan> { return compare(ends.there(), ends.here()); };
  co_return co_await net::run_blocking(transfer.pool, plan);
}

net::Task<Result<chunks::CopyPlan>> plan_download(Transfer& transfer, const SourceFile& old, RemoteVersion wanted) {
  BothEnds ends(transfer, old, wanted);
  const auto cut = co_await ends.cut();
  if (!cut) co_return std::unexpected(cut.error());
  auto plan = [&ends]() -> Result<chunks::CopyPlan> { return compare(ends.here(), ends.there()); };
  co_return co_await net::run_blocking(transfer.pool, plan);
}

}  // namespace ndisk::client
