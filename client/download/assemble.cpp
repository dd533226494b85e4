#include "client/download/assemble.hpp"

#include <sys/stat.h>

#include "client/download/content_stream.hpp"
#include "common/block_relay.hpp"

namespace ndisk::client {
namespace {

constexpr std::size_t kBlock = 256 * 1024;  // two take turns: smaller ones are handed over more often than it saves
// Copied with content under way that waits to be taken: more would hold up the session that it comes over.
constexpr std::uint64_t kMostCopiedBetween = 64 * 1024 * 1024;
constexpr std::uint64_t kSlice = 8 * 1024 * 1024;  // copied in one go, before it is looked whether to go on

class Assembly {
 public:
  Assembly(Transfer& transfer, const RemoteFile& file, const SourceFile& older, const chunks::CopyPlan& plan,
           PartFile& part)
      : transfer_(transfer), file_(file), older_(older), plan_(plan), part_(part) {}

  // One try: pieces in order, as far as one Open goes.
  net::Task<Result<void>> run() {
    chunks::PlanWalk walk(plan_, file_.size());
    std::optional<ContentStream> stream;
    Append append = [this](ByteView content) { return part_.append(content); };
    std::size_t parts = 0;
    while (part_.position() < file_.size()) {
      const auto piece = walk.at(part_.position());
      Result<void> done;
      if (piece.old_offset) {
        done = co_await copy(*piece.old_offset, std::min(piece.length, kSlice));
      } else {
        if (parts == 0) {
          const auto missing = missing_parts();
          auto opened = co_await ContentStream::open(transfer_, file_, missing);
          if (!opened) co_return std::unexpected(opened.error());
          parts = missing.size();
          stream.emplace(std::move(*opened));
        }
        const ContentRange missing{part_.position(), piece.length};
        done = co_await stream->take(missing, append);
        if (done && --parts == 0) {
          done = co_await stream->finish();
          stream.reset();
        }
      }
      if (!done) co_return done;
    }
    co_return Result<void>();
  }

 private:
  // From where the part is on: what has to be got, as much of it as one Open may name.
  std::vector<ContentRange> missing_parts() const {
    std::vector<ContentRange> parts;
    chunks::PlanWalk walk(plan_, file_.size());
    for (auto at = part_.position(); at < file_.size() && parts.size() < protocol::kMaxOpenRanges;) {
      const auto piece = walk.at(at);
      if (!piece.old_offset) {
        parts.push_back({at, piece.length});
      } else if (!parts.empty() && piece.length > kMostCopiedBetween) {
        break;
      }
      at += piece.length;
    }
    return parts;
  }

  net::Task<Result<void>> copy(std::uint64_t from, std::uint64_t length) {
    if (transfer_.link.stopping()) co_return fail(ErrorCode::kCancelled, "interrupted");
    const auto before = part_.position();
    auto left = length;
    auto read = [&](DigestedBlock& block) -> Result<void> {
      if (left == length) block.all = part_.digest();
      block.bytes.resize(static_cast<std::size_t>(std::min<std::uint64_t>(kBlock, left)));
      const auto count = older_.read(from + (length - left), block.bytes);
      // It can't be read, or is shorter by now: whatever stands in the place, the digest of the whole will tell.
      std::fill(block.bytes.begin() + static_cast<std::ptrdiff_t>(count.value_or(0)), block.bytes.end(),
                std::uint8_t{0});
      block.all.add(block.bytes);
      left -= block.bytes.size();
      return {};
    };
    auto write = [this](const DigestedBlock& block) { return part_.append(block.bytes, block.all); };
    auto work = [&] { return relay_blocks(beside_, read, write); };
    auto copied = co_await net::run_blocking(transfer_.pool, work);
    transfer_.progress.had_already(part_.position() - before);
    co_return copied;
  }

  Transfer& transfer_;
  const RemoteFile& file_;
  const SourceFile& older_;
  const chunks::CopyPlan& plan_;
  PartFile& part_;
  Beside beside_{1};  // writes
};

}  // namespace

net::Task<Result<void>> assemble(Transfer& transfer, const RemoteFile& file, const SourceFile& older,
                                 const chunks::CopyPlan& plan, PartFile& part) {
  Assembly assembly(transfer, file, older, plan, part);
  Link::Tries tries;
  for (;;) {
    const auto done = co_await assembly.run();
    if (done) co_return done;
    tries.note_done(part.position());
    auto retry = co_await transfer.link.before_retry(done.error(), tries);
    if (!retry) co_return retry;
  }
}

std::optional<SourceFile> open_older(const std::string& target, std::uint64_t size, std::uint64_t missing) {
  struct stat status {};
  if (missing < kSmallestPlanned || ::lstat(target.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) {
    return std::nullopt;
  }
  auto older = SourceFile::open(target, kFollowAll);
  if (!older || !is_worth_a_plan(older->stamp().size, size)) return std::nullopt;
  return std::move(*older);
}

}  // namespace ndisk::client
