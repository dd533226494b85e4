#include "client/upload/stdin_upload.hpp"

#include <poll.h>
#include <unistd.h>

#include <cerrno>

#include "client/request.hpp"
#include "client/shell_quote.hpp"
#include "common/clock.hpp"
#include "common/net/bulk_frame.hpp"

namespace ndisk::client {
namespace {

using protocol::FrameType;

// The server keeps what it holds unsafely below 8 MiB for uploads of unknown size; the rest is on its way.
constexpr std::size_t kReplayBytes = 24 * 1024 * 1024;
constexpr std::uint32_t kStreamMode = 0644;
// How long input is waited for before the session, and an interruption, are looked for.
constexpr auto kLookAround = std::chrono::milliseconds(100);

enum class Came { kLess, kBlock, kEnd };

bool has_input(std::chrono::milliseconds limit) {
  pollfd input{STDIN_FILENO, POLLIN, 0};
  return ::poll(&input, 1, static_cast<int>(limit.count())) > 0;
}

// Reads on until the block is whole, the input has ended, or it is time to look around: then there may be more to come.
Result<Came> read_input(InputBlock& block) {
  const auto until = std::chrono::steady_clock::now() + kLookAround;
  block.bytes.resize(protocol::kMaxDataBytes);
  while (block.filled < block.bytes.size()) {
    if (std::chrono::steady_clock::now() >= until || !has_input(kLookAround)) return Came::kLess;
    const auto count = ::read(STDIN_FILENO, block.bytes.data() + block.filled, block.bytes.size() - block.filled);
    if (count < 0 && errno != EINTR && errno != EAGAIN) return fail_errno(errno, "reading", "standard input");
    if (count > 0) block.filled += static_cast<std::size_t>(count);
    if (count != 0) continue;
    block.bytes.resize(block.filled);
    return Came::kEnd;
  }
  return Came::kBlock;
}

net::Task<> drop_upload(net::ClientSession& session, std::string id) {
  wire::CancelUpload message;
  message.set_upload_id(id);
  auto stream = co_await session.open_stream();
  if (!stream) co_return;
  const auto sent = co_await stream->send(FrameType::kCancelUpload, message);
  if (!sent) co_return;
  const auto done = co_await stream->receive<wire::Done>(FrameType::kDone);
  if (done) stream->mark_ended();
}

}  // namespace

StdinUpload::StdinUpload(Transfer& transfer, Interrupt& interrupt, RemotePath remote, UploadTerms terms)
    : transfer_(transfer),
      interrupt_(interrupt),
      order_{.local = {}, .remote = std::move(remote), .stamp = {}, .held = {}, .terms = std::move(terms)},
      id_(transfer.link.new_request_id()),
      started_(SystemClock().now()),
      buffer_(kReplayBytes) {}

Stamp StdinUpload::stamp() const { return {.size = buffer_.end(), .mtime = started_, .mode = kStreamMode}; }

// Returns now and then though no block has become whole.
net::Task<Result<void>> StdinUpload::read_some() {
  bool interrupted = false;
  auto read = [this, &interrupted] {
    const auto came = read_input(next_);
    if (!came) return Result<bool>(std::unexpected(came.error()));
    if (*came == Came::kLess) return Result<bool>(false);
    const bool ended = *came == Came::kEnd;
    // An interrupted pipeline ends its streams too early: that is not the end of the content. The signal that ended it
    // may still wait here to be seen to.
    interrupted = ended && interrupt_.has_come();
    buffer_.add(std::exchange(next_, {}).bytes);
    return Result<bool>(ended);
  };
  const auto ended = co_await net::run_blocking(transfer_.pool, read);
  if (!ended) co_return std::unexpected(ended.error());
  if (interrupted) interrupt_.obey();
  if (transfer_.link.stopping()) co_return fail(ErrorCode::kCancelled, "interrupted");
  ended_ = *ended;
  co_return Result<void>();
}

net::Task<Result<Uploaded>> StdinUpload::run() {
  transfer_.link.set_is_idle([this] { return is_idle(); });
  auto uploaded = co_await send();
  transfer_.link.set_is_idle(nullptr);
  if (transfer_.link.stopping()) co_return uploaded;  // the wish is being seen to
  transfer_.link.set_last_wish(nullptr);
  if (!uploaded) co_await forget_staged();
  co_return uploaded;
}

net::Task<Result<Uploaded>> StdinUpload::send() {
  while (buffer_.end() == 0 && !ended_) {
    auto read = co_await read_some();
    if (!read) co_return std::unexpected(read.error());
  }
  const bool small = ended_ && buffer_.end() <= protocol::kMaxSmallFileBytes;
  Link::Tries tries;
  for (;;) {
    Result<Uploaded> uploaded;
    if (small) {
      uploaded = co_await run_small();
    } else {
      uploaded = co_await attempt();
    }
    if (uploaded) {
      transfer_.link.note_progress();
      co_return uploaded;
    }
    tries.note_done(furthest_);
    auto retry = co_await transfer_.link.before_retry(uploaded.error(), tries);
    if (!retry) co_return std::unexpected(retry.error());
  }
}

// That a server was there and took the same once more, which it had before, is no progress.
void StdinUpload::note_held(std::uint64_t held) {
  held_ = held;
  if (held <= furthest_) return;
  furthest_ = held;
  transfer_.link.note_progress();
}

void StdinUpload::note_news(Link::Stream& stream) {
  note_held(std::max(held_, stream->received()));
  buffer_.forget_before(stream->durable());
}

// The input has paused, and the server has all of it so far.
bool StdinUpload::is_idle() const {
  return !ended_ && held_ == buffer_.end() && !has_input(std::chrono::milliseconds(0));
}

// What is sent after this may be stored although nobody hears of it.
void StdinUpload::note_whole() {
  interrupt_.set_advice("all of standard input was sent and may be stored; look with: ndisk stat " +
                        shell_quoted("/" + order_.remote.bytes()));
}

net::Task<Result<Uploaded>> StdinUpload::run_small() {
  note_whole();
  const auto bytes = buffer_.piece_at(0);
  SmallContent content{.stamp = stamp(), .bytes = Bytes(bytes.begin(), bytes.end()), .sha256 = buffer_.digest()};
  auto uploaded = co_await send_small(transfer_.link, order_, std::move(content), id_);
  if (uploaded) transfer_.progress.moved(uploaded->size);
  co_return uploaded;
}

net::Task<Result<Uploaded>> StdinUpload::attempt() {
  auto stream = co_await transfer_.link.open_stream();
  if (!stream) co_return std::unexpected(stream.error());
  const auto position = co_await negotiate(*stream);
  if (!position) co_return std::unexpected(position.error());
  if (committed_early_) co_return check_committed(*committed_early_, buffer_.digest(), stamp(), order_.remote);
  auto pumped = co_await pump(*stream, *position);
  if (!pumped) co_return std::unexpected(pumped.error());
  co_return co_await commit(*stream);
}

// From here on an interruption takes back what was sent.
void StdinUpload::note_upload(const std::string& id) {
  upload_ = id;
  auto wish = [id](net::ClientSession& session) { return drop_upload(session, id); };
  transfer_.link.set_last_wish(std::move(wish));
}

// Should this fail, it expires by itself.
net::Task<> StdinUpload::forget_staged() {
  if (!upload_) co_return;
  wire::CancelUpload message;
  message.set_upload_id(*upload_);
  [[maybe_unused]] const auto done =
      co_await request<wire::Done>(transfer_.link, FrameType::kCancelUpload, message, FrameType::kDone);
}

// Where the server wants to go on.
net::Task<Result<std::uint64_t>> StdinUpload::negotiate(Link::Stream& stream) {
  wire::Offer offer;
  offer.set_request_id(std::string(as_text(id_)));
  offer.set_path(order_.remote.bytes());
  *offer.mutable_attributes() = attributes_of(stamp());
  offer.set_receipt(order_.terms.receipt);
  if (auto precondition = precondition_of(order_.terms)) *offer.mutable_precondition() = std::move(*precondition);
  auto sent = co_await stream->send(FrameType::kOffer, offer);
  if (!sent) co_return std::unexpected(sent.error());
  const auto frame = co_await stream->receive();
  if (!frame) co_return std::unexpected(frame.error());
  std::uint64_t offset = 0;
  if (frame->header.type == FrameType::kResume) {
    const auto resume = protocol::parse_message<wire::Resume>(frame->payload);
    if (!resume) co_return std::unexpected(resume.error());
    note_upload(resume->upload_id());
    offset = resume->offset();
    const auto ours = buffer_.digest_before(offset);
    if (!ours) co_return std::unexpected(ours.error());
    if (as_text(*ours) != resume->sha256()) {
      co_return fail(ErrorCode::kIntegrity, "the server holds other bytes of standard input than were sent");
    }
  } else if (frame->header.type == FrameType::kCommitted) {
    stream->mark_ended();
    auto committed = protocol::parse_message<wire::Committed>(frame->payload);
    if (!committed) co_return std::unexpected(committed.error());
    committed_early_ = std::move(*committed);
  } else if (frame->header.type != FrameType::kSend) {
    co_return fail(ErrorCode::kProtocol,
                   "the server answered Offer with " + std::string(protocol::frame_type_name(frame->header.type)));
  } else {
    const auto message = protocol::parse_message<wire::Send>(frame->payload);
    if (!message) co_return std::unexpected(message.error());
    note_upload(message->upload_id());
    const auto from_start = buffer_.digest_before(0);
    if (!from_start) co_return std::unexpected(from_start.error());
  }
  note_held(offset);
  co_return offset;
}

net::Task<Result<void>> StdinUpload::pump(Link::Stream& stream, std::uint64_t position) {
  for (;;) {
    note_news(stream);
    if (stream->has_frame()) {
      const auto frame = co_await stream->receive();
      if (!frame) co_return std::unexpected(frame.error());
      co_return fail(ErrorCode::kProtocol, "the server answered before the upload was committed");
    }
    if (position < buffer_.end()) {
      const auto piece = buffer_.piece_at(position);
      net::DataFrame frame(piece.size());
      std::ranges::copy(piece, frame.content().begin());
      auto sent = co_await stream->send(std::move(frame).finish(protocol::kSessionStream, position, piece.size()));
      if (!sent) co_return sent;
      position += piece.size();
      transfer_.progress.moved(piece.size());
    } else if (ended_) {
      co_return Result<void>();
    } else if (!buffer_.has_room(protocol::kMaxDataBytes)) {
      co_await stream->wait_for_news();
    } else {
      auto read = co_await read_some();
      if (!read) co_return read;
    }
  }
}

net::Task<Result<Uploaded>> StdinUpload::commit(Link::Stream& stream) {
  const auto sha256 = buffer_.digest();
  wire::Commit message;
  message.set_sha256(std::string(as_text(sha256)));
  message.set_size(buffer_.end());
  note_whole();
  auto sent = co_await stream->send(FrameType::kCommit, message);
  if (!sent) co_return std::unexpected(sent.error());
  const auto committed = co_await stream->receive<wire::Committed>(FrameType::kCommitted);
  if (!committed) co_return std::unexpected(committed.error());
  stream->mark_ended();
  co_return check_committed(*committed, sha256, stamp(), order_.remote);
}

}  // namespace ndisk::client
