#include "client/upload/send_content.hpp"

#include "common/net/bulk_frame.hpp"

namespace ndisk::client {
namespace {

using protocol::FrameType;

constexpr std::size_t kDigestPiece = 128 * 1024;  // still in the processor's cache when it is digested
constexpr int kPiecesAtOnce = 32;
// What the server may be behind in copying: it takes no room on the line, so that nothing else would hold us up, and a
// server that is far behind reads nothing.
constexpr std::uint64_t kMostBehind = 2 * protocol::kMaxCopyRangeBytes;

class ContentSender {
 public:
  ContentSender(Transfer& transfer, Link::Stream& stream, const SourceFile& source, const Delta& delta, Sha256 digest,
                UploadMarks& marks)
      : transfer_(transfer),
        stream_(stream),
        source_(source),
        delta_(delta),
        digest_(std::move(digest)),
        marks_(marks),
        begin_(digest_.size()) {}

  net::Task<Result<std::optional<Sha256>>> run() {
    const auto size = source_.stamp().size;
    chunks::PlanWalk walk(delta_.plan, size);
    while (digest_.size() < size) {
      co_await wait_for_copies();
      if (transfer_.link.stopping()) co_return fail(ErrorCode::kCancelled, "interrupted");
      auto refused = co_await refusal();
      if (refused) co_return std::unexpected(*refused);
      const auto piece = walk.at(digest_.size());
      Result<bool> sent;
      if (piece.old_offset) {
        sent = co_await copy(*piece.old_offset, std::min(piece.length, protocol::kMaxCopyRangeBytes));
      } else {
        sent = co_await send(static_cast<std::size_t>(std::min<std::uint64_t>(piece.length, protocol::kMaxDataBytes)));
      }
      if (!sent) co_return std::unexpected(sent.error());
      if (!*sent) co_return std::nullopt;
      note_what_is_kept();
    }
    co_return digest_;
  }

 private:
  // False if the file is shorter by now.
  net::Task<Result<bool>> send(std::size_t wanted) {
    const auto offset = digest_.size();
    net::DataFrame frame(wanted);
    auto read_block = [&] {
      const auto read = source_.read(offset, frame.content());
      if (read) digest_.add(frame.content().first(*read));
      return read;
    };
    const auto read = co_await net::run_blocking(transfer_.pool, read_block);
    if (!read) co_return std::unexpected(read.error());
    if (*read < wanted) co_return false;
    auto sent = co_await stream_->send(std::move(frame).finish(protocol::kSessionStream, offset, wanted));
    if (!sent) co_return std::unexpected(sent.error());
    marks_.counted += wanted;
    transfer_.progress.moved(wanted);
    co_return true;
  }

  // The server copies while the same bytes are digested here.
  net::Task<Result<bool>> copy(std::uint64_t old_offset, std::uint64_t length) {
    wire::CopyRange range;
    range.set_offset(digest_.size());
    range.set_version(delta_.version);
    range.set_version_offset(old_offset);
    range.set_length(length);
    auto sent = co_await stream_->send(FrameType::kCopyRange, range);
    if (!sent) co_return std::unexpected(sent.error());
    auto whole = co_await digest_up_to(transfer_, source_, digest_, digest_.size() + length);
    if (!whole || !*whole) co_return whole;
    copied_ = digest_.size();
    marks_.counted += length;
    transfer_.progress.had_already(length);
    co_return true;
  }

  net::Task<> wait_for_copies() {
    const auto is_behind = [this] { return copied_ > std::max(stream_->received(), begin_) + kMostBehind; };
    while (is_behind() && !stream_->has_frame() && !transfer_.link.stopping()) co_await stream_->wait_for_news();
  }

  // What the server says in the middle of an upload, which can only be an error.
  net::Task<std::optional<Error>> refusal() {
    if (!stream_->has_frame()) co_return std::nullopt;
    const auto frame = co_await stream_->receive();
    if (!frame) {
      marks_.refused = copied_ > 0;
      co_return frame.error();
    }
    co_return Error{ErrorCode::kProtocol, "the server answered before the upload was committed", false};
  }

  void note_what_is_kept() {
    if (stream_->durable() <= marks_.furthest) return;
    marks_.furthest = stream_->durable();
    transfer_.link.note_progress();
  }

  Transfer& transfer_;
  Link::Stream& stream_;
  const SourceFile& source_;
  const Delta& delta_;
  Sha256 digest_;
  UploadMarks& marks_;
  const std::uint64_t begin_;  // of this try
  std::uint64_t copied_ = 0;   // where the last range ends that the server was told to copy
};

}  // namespace

net::Task<Result<std::optional<Sha256>>> send_content(Transfer& transfer, Link::Stream& stream,
                                                      const SourceFile& source, const Delta& delta, Sha256 digest,
                                                      UploadMarks& marks) {
  ContentSender sender(transfer, stream, source, delta, std::move(digest), marks);
  co_return co_await sender.run();
}

net::Task<Result<bool>> digest_up_to(Transfer& transfer, const SourceFile& source, Sha256& digest, std::uint64_t end) {
  Bytes piece(static_cast<std::size_t>(std::min<std::uint64_t>(end - digest.size(), kDigestPiece)));
  auto add_pieces = [&]() -> Result<bool> {
    for (int count = 0; count < kPiecesAtOnce && digest.size() < end; ++count) {
      const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(piece.size(), end - digest.size()));
      const auto read = source.read(digest.size(), std::span(piece).first(wanted));
      if (!read) return std::unexpected(read.error());
      digest.add(std::span(piece).first(*read));
      if (*read < wanted) return false;
    }
    return true;
  };
  while (digest.size() < end) {
    if (transfer.link.stopping()) co_return fail(ErrorCode::kCancelled, "interrupted");
    const auto whole = co_await net::run_blocking(transfer.pool, add_pieces);
    if (!whole || !*whole) co_return whole;
  }
  co_return true;
}

}  // namespace ndisk::client
