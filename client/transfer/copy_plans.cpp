#include "client/transfer/copy_plans.hpp"

#include <asio/this_coro.hpp>

#include "client/transfer/read_parts.hpp"
#include "common/chunks/block_match.hpp"

namespace ndisk::client {
namespace {

using chunks::Chunk;
using chunks::Match;
using chunks::Range;

// Below this size the chunks of all of it cost less than one more question.
constexpr std::uint64_t kSmallestInBlocks = 16 * 1024 * 1024;

// The blocks of a file that is read from its beginning, from the offset `begin` on.
class LocalBlocks {
 public:
  LocalBlocks(chunks::Cut cut, std::uint64_t begin) : begin_(begin), reader_(cut) {}

  void add(std::uint64_t offset, ByteView bytes) {
    if (bytes.empty()) return reader_.finish(blocks_);
    const auto before = begin_ - std::min(begin_, offset);
    if (before < bytes.size()) reader_.add(bytes.subspan(before), blocks_);
  }
  [[nodiscard]] chunks::Blocks blocks() const { return {begin_, blocks_}; }

 private:
  const std::uint64_t begin_;
  chunks::ChunkReader reader_;
  std::vector<Chunk> blocks_;
};

std::uint64_t length_of(const std::vector<Range>& parts) {
  std::uint64_t sum = 0;
  for (const auto& part : parts) sum += part.length;
  return sum;
}

// Without the chunks of the rest, what is known already is a plan all the same; but not after these.
bool is_final(const Error& error) {
  return error.retryable || error.code == ErrorCode::kCancelled || error.code == ErrorCode::kProtocol;
}

// A file here and a version there, one of which is wanted where the other one is. Both ends cut at the same time, by
// the same numbers.
class Comparison {
 public:
  Comparison(Transfer& transfer, const SourceFile& here, RemoteVersion there, bool wanted_is_here)
      : transfer_(transfer), here_(here), there_(there), wanted_is_here_(wanted_is_here) {}

  net::Task<Result<chunks::CopyPlan>> plan() {
    std::vector<Match> matches;
    if (std::max(size_here(), there_.size) > kSmallestInBlocks) {
      auto found = co_await compare_blocks();
      if (!found) co_return std::unexpected(found.error());
      matches = std::move(*found);
    }
    co_return co_await compare_rest(std::move(matches));
  }

 private:
  [[nodiscard]] std::uint64_t size_here() const { return here_.stamp().size; }
  [[nodiscard]] std::uint64_t wanted_size() const { return wanted_is_here_ ? size_here() : there_.size; }
  [[nodiscard]] std::uint64_t old_size() const { return wanted_is_here_ ? there_.size : size_here(); }

  net::Task<Result<std::vector<Match>>> compare_blocks() {
    const auto cut = chunks::blocks_for(std::max(size_here(), there_.size));
    // The version's blocks, counted from the end, begin in the file at the difference of both sizes, if it is the
    // longer one; else the first of them are in no place of the file.
    const auto block = std::uint64_t{1} << cut.log2;
    const auto missing = there_.size - std::min(there_.size, size_here());
    const auto skipped = (missing + block - 1) / block;
    const auto begin = size_here() > there_.size ? size_here() - there_.size : skipped * block - missing;
    LocalBlocks from_start(cut, 0), from_end(cut, begin);
    const bool has_two = size_here() != there_.size;
    const TakeBytes take = [&](std::uint64_t offset, ByteView bytes) {
      from_start.add(offset, bytes);
      if (has_two) from_end.add(offset, bytes);
    };
    RemoteChunks remote(transfer_, there_, cut);
    const std::vector<Range> all{{0, size_here()}};
    const auto done = co_await cut_both(remote, all, take);
    if (!done) co_return std::unexpected(done.error());
    const std::span<const Chunk> blocks_there = remote.chunks();
    auto first = matches_of(from_start.blocks(), {0, blocks_there});
    const auto left = std::min<std::uint64_t>(skipped, blocks_there.size());
    auto second = matches_of(from_end.blocks(), {left * block, blocks_there.subspan(left)});
    if (chunks::length_of(first) < chunks::length_of(second)) std::swap(first, second);
    const auto in_place = chunks::merge_matches(first, second);
    const chunks::Blocks blocks_here = from_start.blocks(), all_there{0, blocks_there};
    const auto elsewhere =
        wanted_is_here_ ? chunks::find_blocks(blocks_here, all_there) : chunks::find_blocks(all_there, blocks_here);
    co_return chunks::merge_matches(in_place, elsewhere);
  }

  [[nodiscard]] std::vector<Match> matches_of(const chunks::Blocks& here, const chunks::Blocks& there) const {
    return wanted_is_here_ ? chunks::match_blocks(here, there) : chunks::match_blocks(there, here);
  }

  net::Task<Result<chunks::CopyPlan>> compare_rest(std::vector<Match> matches) {
    auto wanted = chunks::unmatched_wanted(matches, wanted_size()), old = chunks::unmatched_old(matches, old_size());
    // Much that is new may be old content once more.
    if (length_of(wanted) > length_of(old) + old_size() / 4) old = {{0, old_size()}};
    if ((wanted_is_here_ ? old : wanted).size() > protocol::kMaxOpenRanges) {
      matches.clear();
      wanted = {{0, wanted_size()}};
      old = {{0, old_size()}};
    }
    if (wanted.empty() || old.empty()) co_return chunks::plan_between(matches, wanted_size(), {}, {});
    const auto cut = chunks::chunks_for(std::max(length_of(wanted), length_of(old)));
    chunks::ChunkReader reader(cut);
    std::vector<Chunk> chunks_here;
    const TakeBytes take = [&](std::uint64_t, ByteView bytes) {
      if (bytes.empty()) return reader.finish(chunks_here);
      reader.add(bytes, chunks_here);
    };
    const auto &parts_here = wanted_is_here_ ? wanted : old, &parts_there = wanted_is_here_ ? old : wanted;
    RemoteChunks remote(transfer_, there_, cut, matches.empty() ? std::vector<Range>() : parts_there);
    const auto done = co_await cut_both(remote, parts_here, take);
    if (!done && (matches.empty() || is_final(done.error()))) co_return std::unexpected(done.error());
    if (!done) co_return chunks::plan_between(matches, wanted_size(), {}, {});
    auto compare = [&]() -> Result<chunks::CopyPlan> {
      chunks::KnownChunks known;
      known.add(old, wanted_is_here_ ? remote.chunks() : chunks_here);
      known.sort();
      return chunks::plan_between(matches, wanted_size(), known, wanted_is_here_ ? chunks_here : remote.chunks());
    };
    co_return co_await net::run_blocking(transfer_.pool, compare);
  }

  net::Task<Result<void>> cut_both(RemoteChunks& remote, std::vector<Range> parts, TakeBytes take) {
    net::TaskGroup fetching(co_await asio::this_coro::executor);
    fetching.spawn(fetch(remote));
    auto cut = co_await read_parts(transfer_, here_, std::move(parts), std::move(take));
    if (!cut) remote.stop();
    co_await fetching.join();
    if (!cut) co_return cut;
    co_return fetched_;
  }

  net::Task<> fetch(RemoteChunks& remote) { fetched_ = co_await remote.fetch(); }

  Transfer& transfer_;
  const SourceFile& here_;
  const RemoteVersion there_;
  const bool wanted_is_here_;
  Result<void> fetched_;
};

}  // namespace

net::Task<Result<chunks::CopyPlan>> plan_upload(Transfer& transfer, const SourceFile& wanted, RemoteVersion old) {
  Comparison comparison(transfer, wanted, old, true);
  co_return co_await comparison.plan();
}

net::Task<Result<chunks::CopyPlan>> plan_download(Transfer& transfer, const SourceFile& old, RemoteVersion wanted) {
  Comparison comparison(transfer, old, wanted, false);
  co_return co_await comparison.plan();
}

}  // namespace ndisk::client
