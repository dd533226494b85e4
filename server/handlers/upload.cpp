#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <new>

#include "common/net/pool_strand.hpp"
#include "common/protocol/bulk.hpp"
#include "server/handlers/base_version.hpp"
#include "server/handlers/convert.hpp"
#include "server/handlers/drive_call.hpp"
#include "server/handlers/receipts.hpp"

namespace ndisk::server {
namespace {

using protocol::FrameType;
using storage::OfferAnswer;
using storage::UploadWriter;

// Told at once when this much more is durable; else every few seconds.
constexpr std::uint64_t kReportDurableBytes = 1 << 20;
// The same of bytes that were copied: the client does not see them pass.
constexpr std::uint64_t kReportCopiedBytes = 16 << 20;
// Blocks of one upload that are at the pool: one is stored, one waits. The others wait in the session's budget.
constexpr std::size_t kMostAppends = 2;

// One upload stream after its Offer was taken.
class Upload {
 public:
  Upload(Request& request, std::unique_ptr<UploadWriter> writer, std::string path)
      : request_(request),
        writer_(std::move(writer)),
        base_(request),
        path_(std::move(path)),
        strand_(request.content_pool.to_the_end()),
        stored_one_(request.stream.executor()),
        appends_(request.stream.executor(), [this] { fail_for_memory(); }) {}

  net::Task<> run(const OfferAnswer& answer) {
    bool has_memory = true;
    try {
      co_await receive(answer);
    } catch (const std::bad_alloc&) {
      has_memory = false;
    }
    if (!has_memory) fail_for_memory();
    // Nothing of the upload may be left when it goes: rather than that, the process ends.
    for (net::TriesWithoutMemory tries; appends_.size() > 0;) {
      try {
        co_await appends_.join();
      } catch (const std::bad_alloc&) {
        if (!tries.pause()) throw;
      }
    }
    // Giving its writer up blocks, for as long as the disk takes: not here, but at the pool.
    for (net::TriesWithoutMemory tries; writer_;) {
      try {
        co_await release_writer();
      } catch (const std::bad_alloc&) {
      }
      if (writer_ && !tries.pause()) throw std::bad_alloc();
    }
    // Last, so that who reads it finds the upload paused, or gone.
    if (refusal_) {
      request_.stream.answer(*refusal_);
    } else if (request_.stream.is_cancelled()) {
      request_.stream.answer({ErrorCode::kCancelled, "cancelled", false});
    }
  }

 private:
  // A block's place among those at the pool.
  class AtPool {
   public:
    explicit AtPool(Upload& upload) : upload_(upload) { ++upload_.at_pool_; }
    AtPool(const AtPool&) = delete;
    AtPool& operator=(const AtPool&) = delete;
    ~AtPool() {
      --upload_.at_pool_;
      upload_.stored_one_.notify();
    }

   private:
    Upload& upload_;
  };

  net::Task<> receive(const OfferAnswer& answer) {
    co_await say_where_to_go_on(answer);
    for (;;) {
      auto incoming = co_await request_.stream.receive();
      if (!incoming) break;
      if (incoming->frame.header.type == FrameType::kCommit) {
        co_await commit(incoming->frame.payload);
        break;
      }
      auto taken = co_await take(std::move(*incoming));
      if (!taken) {
        if (taken.error().code != ErrorCode::kCancelled) refuse(std::move(taken.error()));
        break;
      }
    }
  }

  net::Task<> say_where_to_go_on(const OfferAnswer& answer) {
    const std::string id(as_text(writer_->id()));
    if (writer_->received() == 0) {
      wire::Send send;
      send.set_upload_id(id);
      send.set_same_size_held(answer.same_size_held);
      for (const auto& sample : answer.held_samples) send.add_held_samples(std::string(as_text(sample)));
      request_.stream.answer(FrameType::kSend, send);
      co_return;
    }
    request_.log(fmt::format("upload resumed path=\"{}\" offset={}", log_name(path_), writer_->received()));
    wire::Resume resume;
    resume.set_upload_id(id);
    resume.set_offset(writer_->received());
    resume.set_sha256(std::string(as_text(writer_->sha256_so_far())));
    request_.stream.progress = {writer_->received(), writer_->durable()};
    request_.stream.answer(FrameType::kResume, resume);
  }

  // Data or a CopyRange.
  net::Task<Result<void>> take(Stream::Incoming incoming) {
    if (incoming.frame.header.type == FrameType::kData) {
      const auto data = protocol::parse_data(incoming.frame.payload);
      if (!data) co_return std::unexpected(data.error());
      while (at_pool_ >= kMostAppends) co_await stored_one_.wait();
      if (!failed_) appends_.spawn(append(std::move(incoming), *data));
      co_return Result<void>();
    }
    co_await appends_.join();
    if (failed_) co_return Result<void>();
    auto taken = co_await base_.copy(incoming.frame.payload, *writer_);
    if (taken) tell_what_is_copied();
    if (taken) tell_what_is_durable();
    co_return taken;
  }

  // The next frame may come meanwhile. `data` refers to the frame's payload, whose bytes stay where they are when it is
  // moved.
  net::Task<> append([[maybe_unused]] Stream::Incoming incoming, protocol::DataView data) {
    const AtPool at_pool(*this);
    auto write = [this, &data] { return writer_->append(data.offset, data.content); };
    Result<void> appended;
    try {
      appended = co_await strand_.run(write);
    } catch (const std::bad_alloc&) {
      // Before the next block is handed in, which would be told that there is a gap.
      failed_ = true;
      throw;
    }
    if (appended) {
      request_.stream.progress->received = writer_->received();
      tell_what_is_durable();
    } else {
      refuse(std::move(appended.error()));
    }
  }

  void refuse(Error error) {
    failed_ = true;
    if (!refusal_) refusal_ = std::move(error);
    request_.stream.take_no_more();
  }

  void fail_for_memory() {
    failed_ = true;
    request_.stream.answer_out_of_memory();
  }

  void tell_what_is_copied() {
    if (writer_->received() < told_ + kReportCopiedBytes) return;
    told_ = writer_->received();
    request_.stream.report_progress();
  }

  void tell_what_is_durable() {
    auto& progress = *request_.stream.progress;
    const auto durable = writer_->durable();
    if (durable < progress.durable + kReportDurableBytes) return;
    progress.durable = durable;
    request_.stream.report_progress();
  }

  net::Task<> commit(const Bytes& payload) {
    co_await appends_.join();
    if (failed_) co_return;
    const auto message = protocol::parse_message<wire::Commit>(payload);
    if (!message) co_return request_.stream.answer(message.error());
    const auto sha256 = protocol::digest_field(message->sha256());
    if (!sha256) co_return request_.stream.answer(sha256.error());
    auto finish = [this, &message, &sha256](storage::Completion<storage::Committed> done) {
      request_.services.drive.commit(std::move(writer_), message->size(), *sha256, std::move(done));
    };
    const auto committed = co_await drive_call<storage::Committed>(request_.upload_pool, finish);
    if (!committed) co_return request_.stream.answer(committed.error());
    request_.log(fmt::format("upload committed path=\"{}\" bytes={} version={}", log_name(path_), committed->size,
                             committed->version));
    answer_committed(request_, committed);
  }

  // An upload that got nothing yet leaves nothing behind. Where there is no memory to begin, the writer is still there.
  net::Task<> release_writer() {
    const auto received = writer_->received();
    auto release = [this, received]() -> Result<void> {
      if (received == 0) return request_.services.drive.abandon(std::move(writer_));
      writer_.reset();
      return {};
    };
    const auto released = co_await net::run_blocking(request_.upload_pool.to_the_end(), release);
    if (writer_) co_return;
    request_.log(fmt::format("upload paused path=\"{}\" received={}", log_name(path_), received));
    if (!released) {
      spdlog::warn("upload not dropped path=\"{}\" reason=\"{}\"", log_name(path_), released.error().message);
    }
  }

  Request& request_;
  std::unique_ptr<UploadWriter> writer_;
  BaseVersion base_;
  std::uint64_t told_ = 0;  // received, when it was last told of what was copied
  std::string path_;
  net::PoolStrand strand_;
  bool failed_ = false;           // nothing more is stored
  std::optional<Error> refusal_;  // why, but for want of memory, which is said at once
  std::size_t at_pool_ = 0;
  net::Event stored_one_;
  net::TaskGroup appends_;
};

Result<storage::UploadOffer> parse(const Bytes& payload) {
  const auto message = protocol::parse_message<wire::Offer>(payload);
  if (!message) return std::unexpected(message.error());
  return upload_offer_of(*message);
}

}  // namespace

net::Task<> handle_offer(Request request, Stream::Incoming first) {
  auto offer = parse(first.frame.payload);
  if (!offer) co_return request.stream.answer(offer.error());
  first = {};
  const auto path = offer->path.bytes();
  const auto share = request.services.open_files.take(request.actor.user);
  if (!share) co_return request.stream.answer(share.error());
  auto ask = [&request, &offer](storage::Completion<storage::OfferAnswer> done) {
    request.services.drive.offer(request.actor, std::move(*offer), std::move(done));
  };
  auto answer = co_await drive_call<storage::OfferAnswer>(request.upload_pool, ask);
  if (!answer) co_return request.stream.answer(answer.error());
  if (answer->committed) {
    const Result<storage::Committed> committed = std::move(*answer->committed);
    co_return answer_committed(request, committed);
  }
  Upload upload(request, std::move(answer->writer), path);
  co_await upload.run(*answer);
}

}  // namespace ndisk::server
