#include "client/upload/large_upload.hpp"

#include <algorithm>

#include "client/request.hpp"
#include "client/transfer/remembered_digests.hpp"
#include "common/content_sample.hpp"
#include "common/shown_name.hpp"

namespace ndisk::client {
namespace {

using protocol::FrameType;

// More than there are large uploads at once.
constexpr std::uint32_t kStreamsForPlans = 64;

// Errors that may come of the older version, and not of what is uploaded.
bool is_of_the_old(const Error& error) {
  const auto code = error.code;
  return !error.retryable && (code == ErrorCode::kNotFound || code == ErrorCode::kIntegrity ||
                              code == ErrorCode::kInvalid || code == ErrorCode::kIo);
}

}  // namespace

LargeUpload::LargeUpload(Transfer& transfer, const UploadOrder& order)
    : transfer_(transfer), order_(order), id_(transfer.link.new_request_id()) {}

net::Task<Result<Uploaded>> LargeUpload::run() {
  Link::Tries tries;
  for (;;) {
    auto outcome = co_await attempt();
    if (outcome && *outcome) co_return **outcome;
    if (!outcome) {
      if (give_delta_up(outcome.error())) continue;
      tries.note_done(marks_.furthest);
      auto retry = co_await transfer_.link.before_retry(outcome.error(), tries);
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
  marks_.refused = false;
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
    auto file = SourceFile::open(order_.local, order_.followed);
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
  transfer_.progress.had_already(checked->size - std::min(marks_.counted, checked->size));
  transfer_.link.note_progress();
  return *checked;
}

net::Task<Result<std::optional<Sha256>>> LargeUpload::digest_of_first(std::uint64_t count) {
  Sha256 digest;
  const auto whole = co_await digest_up_to(transfer_, *source_, digest, count);
  if (!whole) co_return std::unexpected(whole.error());
  if (!*whole) co_return std::nullopt;
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
  if (resume.offset() > marks_.furthest) {
    marks_.furthest = resume.offset();
    transfer_.link.note_progress();
  }
  if (resume.offset() > 0) transfer_.progress.resumed(order_.remote.name(), resume.offset());
  co_return co_await send_from(stream, *digest);
}

net::Task<Result<LargeUpload::Outcome>> LargeUpload::send_all(Link::Stream& stream, const wire::Send& send) {
  upload_ = send.upload_id();
  const auto looked = co_await look_for_delta(stream, 0);
  if (!looked) co_return std::unexpected(looked.error());
  const auto size = source_->stamp().size;
  // A file that was edited has the older version's size often enough: that alone says something only if the plan does
  // not save much already.
  const auto& plan = delta_.plan;
  const bool is_new = plan.copied > plan.sent && !chunks::is_all_of(plan, size);
  if (digest_ || !send.same_size_held() || is_new) co_return co_await send_from(stream, Sha256());
  const auto held = co_await may_be_held(send);
  if (!held) co_return std::unexpected(held.error());
  if (!*held) co_return co_await send_from(stream, Sha256());
  // Reading it once more may save sending it at all.
  transfer_.progress.checking(order_.remote.name());
  const auto digest = co_await digest_of_first(size);
  if (!digest) co_return std::unexpected(digest.error());
  if (!*digest) co_return source_changed();
  digest_ = (*digest)->digest();
  auto keep = [this] { return remember(*digest_); };
  [[maybe_unused]] const bool remembered = co_await net::run_blocking(transfer_.pool, keep);
  co_return Outcome();
}

net::Task<Result<bool>> LargeUpload::may_be_held(const wire::Send& send) {
  if (send.held_samples().empty()) co_return true;
  auto take_sample = [this] {
    const auto read = [this](std::uint64_t offset, std::span<std::uint8_t> out) { return source_->read(offset, out); };
    return content_sample(source_->stamp().size, read);
  };
  const auto sample = co_await net::run_blocking(transfer_.pool, take_sample);
  if (!sample && sample.error().code == ErrorCode::kIntegrity)
    co_return true;  // it is shorter by now: who reads it sees
  if (!sample) co_return std::unexpected(sample.error());
  co_return std::ranges::count(send.held_samples(), std::string(as_text(*sample))) > 0;
}

net::Task<Result<LargeUpload::Outcome>> LargeUpload::send_from(Link::Stream& stream, Sha256 digest) {
  const auto looked = co_await look_for_delta(stream, digest.size());
  if (!looked) co_return std::unexpected(looked.error());
  count_from(digest.size());
  const auto sent = co_await send_content(transfer_, stream, *source_, delta_, std::move(digest), marks_);
  if (!sent) co_return std::unexpected(sent.error());
  if (!*sent) co_return source_changed();
  const auto whole = (*sent)->digest();
  const auto is_of_it = co_await is_content(whole);
  if (!is_of_it) co_return std::unexpected(is_of_it.error());
  if (!*is_of_it) co_return source_changed();
  digest_ = whole;
  co_return co_await commit(stream, *digest_);
}

// Whether this is still the content of the source, which was read to the end since it was opened.
net::Task<Result<bool>> LargeUpload::is_content(const Digest& digest) {
  auto look = [this, &digest] {
    const auto since = source_->since_opened();
    if (since && *since == SinceOpened::kSame) static_cast<void>(remember(digest));
    return since;
  };
  const auto since = co_await net::run_blocking(transfer_.pool, look);
  if (!since) co_return std::unexpected(since.error());
  if (*since != SinceOpened::kTouched) co_return *since == SinceOpened::kSame;
  transfer_.progress.checking(order_.remote.name());
  const auto again = co_await digest_of_first(source_->stamp().size);
  if (!again) co_return std::unexpected(again.error());
  co_return *again && (*again)->digest() == digest;
}

// Once for each state of the file. What an older version can't give is sent.
net::Task<Result<void>> LargeUpload::look_for_delta(const Link::Stream& stream, std::uint64_t offset) {
  const auto& old = order_.replaces;
  if (looked_for_delta_ || !old || transfer_.whole_files) co_return Result<void>();
  const auto size = source_->stamp().size;
  if (size - offset < kSmallestPlanned || !is_worth_a_plan(old->size, size)) co_return Result<void>();
  // It takes a stream more, which must not be waited for with this one in hand.
  if (stream.lease.session().server().max_streams() < kStreamsForPlans) co_return Result<void>();
  transfer_.progress.checking(order_.remote.name());
  auto plan = co_await plan_upload(transfer_, *source_, *old);
  if (!plan && !is_of_the_old(plan.error())) co_return std::unexpected(plan.error());
  if (plan) delta_ = {.version = old->version, .plan = std::move(*plan)};
  looked_for_delta_ = true;
  co_return Result<void>();
}

// True if the upload may succeed without the older version.
bool LargeUpload::give_delta_up(const Error& error) {
  if (!marks_.refused || !is_of_the_old(error)) return false;
  transfer_.output.note(shown_name(order_.local) + ": the older version is of no use, sending all of it");
  delta_ = {};
  order_.replaces.reset();
  return true;
}

net::Task<Result<LargeUpload::Outcome>> LargeUpload::commit(Link::Stream& stream, const Digest& sha256) {
  wire::Commit message;
  message.set_sha256(std::string(as_text(sha256)));
  message.set_size(source_->stamp().size);
  auto sent = co_await stream->send(FrameType::kCommit, message);
  if (!sent) co_return std::unexpected(sent.error());
  const auto committed = co_await stream->receive<wire::Committed>(FrameType::kCommitted);
  if (!committed) {
    marks_.refused = delta_.plan.copied > 0;
    co_return std::unexpected(committed.error());
  }
  stream->mark_ended();
  transfer_.link.note_progress();
  auto checked = check_committed(*committed, sha256, source_->stamp(), order_.remote);
  if (!checked) co_return std::unexpected(checked.error());
  co_return *checked;
}

bool LargeUpload::remember(const Digest& digest) const {
  if (transfer_.digests == nullptr || source_->state_now() != source_->state()) return false;
  transfer_.digests->remember(source_->state(), digest, source_->opened());
  return true;
}

LargeUpload::Outcome LargeUpload::source_changed() {
  changed_ = true;
  count_from(0);
  source_.reset();
  digest_.reset();
  delta_ = {};
  looked_for_delta_ = false;
  id_ = transfer_.link.new_request_id();  // another content is another request
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
  transfer_.progress.lost(marks_.counted);
  transfer_.progress.had_already(offset);
  marks_.counted = offset;
}

}  // namespace ndisk::client
