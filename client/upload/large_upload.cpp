#include "client/upload/large_upload.hpp"

#include "client/request.hpp"
#include "client/transfer/remembered_digests.hpp"
#include "common/net/bulk_frame.hpp"
#include "common/random.hpp"
#include "common/shown_name.hpp"

namespace ndisk::client {
namespace {

using protocol::FrameType;
constexpr std::size_t kDigestBlock = 1024 * 1024;

}  // namespace

LargeUpload::LargeUpload(Transfer& transfer, const UploadOrder& order)
    : transfer_(transfer), order_(order), id_(random_bytes<protocol::kRequestIdBytes>()) {}

net::Task<Result<Uploaded>> LargeUpload::run() {
  for (;;) {
    auto outcome = co_await attempt();
    if (outcome && *outcome) co_return **outcome;
    if (!outcome) {
      auto retry = co_await transfer_.link.before_retry(outcome.error());
      if (!retry) co_return std::unexpected(retry.error());
      continue;
    }
    if (!std::exchange(changed_, false)) continue;
    co_await forget_staged();
    if (++readings_ > kMostReadings) co_return std::unexpected(kept_changing(order_.local));
    transfer_.output.note(shown_name(order_.local) + ": changed while it was read, sending it anew");
  }
}

net::Task<Result<LargeUpload::Outcome>> LargeUpload::attempt() {
  if (!source_) {
    auto opened = co_await open_source();
    if (!opened) co_return std::unexpected(opened.error());
  }
  auto stream = co_await transfer_.link.open_stream();
  if (!stream) co_return std::unexpected(stream.error());
  auto sent = co_await (*stream)->send(FrameType::kOffer, make_offer());
  if (!sent) co_return std::unexpected(sent.error());
  const auto frame = co_await (*stream)->receive();
  if (!frame) co_return std::unexpected(frame.error());
  co_return co_await answer(*stream, *frame);
}

net::Task<Result<LargeUpload::Outcome>> LargeUpload::answer(Link::Stream& stream, const protocol::Frame& frame) {
  start_over_ = false;
  if (frame.header.type == FrameType::kCommitted) {
    stream->mark_ended();
    const auto committed = protocol::parse_message<wire::Committed>(frame.payload);
    if (!committed) co_return std::unexpected(committed.error());
    co_return already_committed(*committed);
  }
  if (frame.header.type == FrameType::kResume) {
    const auto message = protocol::parse_message<wire::Resume>(frame.payload);
    if (!message) co_return std::unexpected(message.error());
    co_return co_await resume(stream, *message);
  }
  if (frame.header.type == FrameType::kSend) {
    const auto message = protocol::parse_message<wire::Send>(frame.payload);
    if (!message) co_return std::unexpected(message.error());
    co_return co_await send_all(stream, *message);
  }
  co_return fail(ErrorCode::kProtocol,
                 "the server answered Offer with " + std::string(protocol::frame_type_name(frame.header.type)));
}

net::Task<Result<void>> LargeUpload::open_source() {
  auto open = [this] {
    auto file = SourceFile::open(order_.local);
    return file ? Result<std::optional<SourceFile>>(std::move(*file)) : std::unexpected(file.error());
  };
  auto opened = co_await net::run_blocking(transfer_.pool, open);
  if (!opened) co_return std::unexpected(opened.error());
  source_ = std::move(*opened);
  // Believed only of the file as it was found.
  const auto& found = order_.stamp;
  if (source_->stamp().size == found.size && source_->stamp().mtime == found.mtime) digest_ = order_.held;
  order_.held.reset();
  if (digest_ || order_.read_anew || transfer_.digests == nullptr) co_return Result<void>();
  auto recall = [this] { return transfer_.digests->find(source_->state()); };
  digest_ = co_await net::run_blocking(transfer_.pool, recall);
  co_return Result<void>();
}

wire::Offer LargeUpload::make_offer() const {
  wire::Offer offer;
  offer.set_request_id(std::string(as_text(id_)));
  offer.set_path(order_.remote.bytes());
  *offer.mutable_attributes() = attributes_of(source_->stamp());
  offer.set_size(source_->stamp().size);
  if (digest_) offer.set_sha256(std::string(as_text(*digest_)));
  offer.set_start_over(start_over_);
  offer.set_receipt(order_.terms.receipt);
  if (auto precondition = precondition_of(order_.terms)) *offer.mutable_precondition() = std::move(*precondition);
  return offer;
}

// Either the content was held already, or an earlier try was committed and its answer got lost.
Result<LargeUpload::Outcome> LargeUpload::already_committed(const wire::Committed& committed) const {
  if (!digest_)
    return fail(ErrorCode::kProtocol, "the server committed " + shown_name(order_.remote.bytes()) + " unseen");
  auto checked = check_committed(committed, *digest_, source_->stamp(), order_.remote);
  if (!checked) return std::unexpected(checked.error());
  transfer_.progress.had_already(checked->size - std::min(counted_, checked->size));
  transfer_.link.note_progress();
  return *checked;
}

net::Task<Result<std::optional<Sha256>>> LargeUpload::digest_of_first(std::uint64_t count) {
  Sha256 digest;
  Bytes block(static_cast<std::size_t>(std::min<std::uint64_t>(count, kDigestBlock)));
  auto add_block = [&]() -> Result<bool> {
    const auto wanted = std::min<std::uint64_t>(block.size(), count - digest.size());
    const auto read = source_->read(digest.size(), std::span(block).first(static_cast<std::size_t>(wanted)));
    if (!read) return std::unexpected(read.error());
    digest.add(std::span(block).first(*read));
    return *read == wanted;
  };
  while (digest.size() < count) {
    if (transfer_.link.stopping()) co_return fail(ErrorCode::kCancelled, "interrupted");
    const auto whole = co_await net::run_blocking(transfer_.pool, add_block);
    if (!whole) co_return std::unexpected(whole.error());
    if (!*whole) co_return std::nullopt;
  }
  co_return digest;
}

net::Task<Result<LargeUpload::Outcome>> LargeUpload::resume(Link::Stream& stream, const wire::Resume& resume) {
  upload_ = resume.upload_id();
  const auto expected = protocol::digest_field(resume.sha256());
  if (!expected) co_return std::unexpected(expected.error());
  std::optional<Sha256> digest;
  if (resume.offset() > 0) transfer_.progress.checking(order_.remote.name());
  if (resume.offset() <= source_->stamp().size) {
    auto read = co_await digest_of_first(resume.offset());
    if (!read) co_return std::unexpected(read.error());
    digest = *read;
  }
  if (!digest || digest->digest() != *expected) {
    transfer_.output.note(shown_name(order_.local) + ": changed since the last try, sending it anew");
    start_over_ = true;
    co_return Outcome();
  }
  if (resume.offset() > furthest_) {
    furthest_ = resume.offset();
    transfer_.link.note_progress();
  }
  if (resume.offset() > 0) transfer_.progress.resumed(order_.remote.name(), resume.offset());
  co_return co_await send_from(stream, *digest);
}

net::Task<Result<LargeUpload::Outcome>> LargeUpload::send_all(Link::Stream& stream, const wire::Send& send) {
  upload_ = send.upload_id();
  if (!send.same_size_held() || digest_) co_return co_await send_from(stream, Sha256());
  // Reading it once more may save sending it at all.
  transfer_.progress.checking(order_.remote.name());
  const auto digest = co_await digest_of_first(source_->stamp().size);
  if (!digest) co_return std::unexpected(digest.error());
  if (!*digest) co_return source_changed();
  digest_ = (*digest)->digest();
  auto keep = [this] { return remember(*digest_); };
  [[maybe_unused]] const bool remembered = co_await net::run_blocking(transfer_.pool, keep);
  co_return Outcome();
}

net::Task<Result<LargeUpload::Outcome>> LargeUpload::send_from(Link::Stream& stream, Sha256 digest) {
  count_from(digest.size());
  const auto sent = co_await send_data(stream, std::move(digest));
  if (!sent) co_return std::unexpected(sent.error());
  auto check = [this, &sent] {
    const auto same = source_->is_unchanged();
    if (same && *same && *sent) static_cast<void>(remember((*sent)->digest()));
    return same;
  };
  const auto unchanged = co_await net::run_blocking(transfer_.pool, check);
  if (!unchanged) co_return std::unexpected(unchanged.error());
  if (!*sent || !*unchanged) co_return source_changed();
  digest_ = (*sent)->digest();
  co_return co_await commit(stream, *digest_);
}

// The digest of everything up to the size that was offered; nothing if the file ended before.
net::Task<Result<std::optional<Sha256>>> LargeUpload::send_data(Link::Stream& stream, Sha256 digest) {
  const auto size = source_->stamp().size;
  while (digest.size() < size) {
    if (transfer_.link.stopping()) co_return fail(ErrorCode::kCancelled, "interrupted");
    if (stream->has_frame()) {
      const auto frame = co_await stream->receive();
      if (!frame) co_return std::unexpected(frame.error());
      co_return fail(ErrorCode::kProtocol, "the server answered before the upload was committed");
    }
    const auto offset = digest.size();
    const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(size - offset, protocol::kMaxDataBytes));
    net::DataFrame frame(wanted);
    auto read_block = [&] {
      const auto read = source_->read(offset, frame.content());
      if (read) digest.add(frame.content().first(*read));
      return read;
    };
    const auto read = co_await net::run_blocking(transfer_.pool, read_block);
    if (!read) co_return std::unexpected(read.error());
    if (*read < wanted) co_return std::nullopt;
    auto sent = co_await stream->send(std::move(frame).finish(protocol::kSessionStream, offset, wanted));
    if (!sent) co_return std::unexpected(sent.error());
    counted_ += wanted;
    transfer_.progress.moved(wanted);
    if (stream->durable() > furthest_) {
      furthest_ = stream->durable();
      transfer_.link.note_progress();
    }
  }
  co_return digest;
}

net::Task<Result<LargeUpload::Outcome>> LargeUpload::commit(Link::Stream& stream, const Digest& sha256) {
  wire::Commit message;
  message.set_sha256(std::string(as_text(sha256)));
  message.set_size(source_->stamp().size);
  auto sent = co_await stream->send(FrameType::kCommit, message);
  if (!sent) co_return std::unexpected(sent.error());
  const auto committed = co_await stream->receive<wire::Committed>(FrameType::kCommitted);
  if (!committed) co_return std::unexpected(committed.error());
  stream->mark_ended();
  transfer_.link.note_progress();
  auto checked = check_committed(*committed, sha256, source_->stamp(), order_.remote);
  if (!checked) co_return std::unexpected(checked.error());
  co_return *checked;
}

bool LargeUpload::remember(const Digest& digest) const {
  if (transfer_.digests == nullptr || source_->state_now() != source_->state()) return false;
  transfer_.digests->remember(source_->state(), digest, SystemClock().now());
  return true;
}

LargeUpload::Outcome LargeUpload::source_changed() {
  changed_ = true;
  count_from(0);
  source_.reset();
  digest_.reset();
  id_ = random_bytes<protocol::kRequestIdBytes>();  // another content is another request
  return std::nullopt;
}

// What is staged belongs to a state of the file that is gone. Should this fail, it expires by itself.
net::Task<> LargeUpload::forget_staged() {
  if (!upload_) co_return;
  wire::CancelUpload message;
  message.set_upload_id(*std::exchange(upload_, std::nullopt));
  [[maybe_unused]] const auto done =
      co_await request<wire::Done>(transfer_.link, FrameType::kCancelUpload, message, FrameType::kDone);
}

void LargeUpload::count_from(std::uint64_t offset) {
  transfer_.progress.lost(counted_);
  transfer_.progress.had_already(offset);
  counted_ = offset;
}

}  // namespace ndisk::client
