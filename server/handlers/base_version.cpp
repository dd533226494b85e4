#include "server/handlers/base_version.hpp"

#include <algorithm>

#include "server/handlers/read_error.hpp"

namespace ndisk::server {
namespace {

constexpr std::size_t kBlockBytes = 256 * 1024;
// Copied in one turn at the pool: to come back to the session after each block takes as long as a tenth of its copying.
constexpr std::uint64_t kTurnBytes = 2 * 1024 * 1024;

Result<void> check_range(const wire::CopyRange& range, const storage::FileReader& file) {
  if (range.length() == 0 || range.length() > protocol::kMaxCopyRangeBytes) {
    return fail(ErrorCode::kInvalid, "a range to be copied has 1 to " + std::to_string(protocol::kMaxCopyRangeBytes) +
                                         " bytes, not " + std::to_string(range.length()));
  }
  if (range.version_offset() <= file.size() && range.length() <= file.size() - range.version_offset()) return {};
  return fail(ErrorCode::kInvalid, "version " + std::to_string(file.version()) + " has " + std::to_string(file.size()) +
                                       " bytes: the range to be copied lies outside");
}

}  // namespace

net::Task<Result<void>> BaseVersion::copy(ByteView payload, storage::UploadWriter& writer) {
  const auto range = protocol::parse_message<wire::CopyRange>(payload);
  if (!range) co_return std::unexpected(range.error());
  auto opened = co_await open(range->version());
  if (!opened) co_return opened;
  if (auto checked = check_range(*range, *file_); !checked) co_return checked;
  for (std::uint64_t done = 0; done < range->length();) {
    if (request_.stream.is_over()) co_return fail(ErrorCode::kCancelled, "cancelled");
    const auto length = std::min(kTurnBytes, range->length() - done);
    auto copied = co_await copy_turn(range->version_offset() + done, range->offset() + done, length, writer);
    request_.stream.progress->received = writer.received();
    if (!copied) co_return copied;
    done += length;
  }
  co_return Result<void>();
}

net::Task<Result<void>> BaseVersion::open(std::uint64_t version) {
  if (file_ && file_->version() == version) co_return Result<void>();
  file_.reset();
  share_ = OpenFiles::Share();
  auto share = request_.services.open_files.take(request_.actor.user);
  if (!share) co_return std::unexpected(std::move(share.error()));
  const storage::OpenTarget target{.path = {}, .version = version};
  auto look_up = [this, &target] { return request_.services.drive.open_file(request_.actor, target); };
  auto opened = co_await net::run_blocking(request_.pool, look_up);
  if (!opened) co_return std::unexpected(opened.error());
  file_ = std::move(*opened);
  share_ = std::move(*share);
  co_return Result<void>();
}

net::Task<Result<void>> BaseVersion::copy_turn(std::uint64_t from, std::uint64_t to, std::uint64_t length,
                                               storage::UploadWriter& writer) {
  bool is_read = false;
  // The block takes memory only while it is worked on, so that the pool's threads bound how much all of them take.
  auto work = [&]() -> Result<void> {
    Bytes block(static_cast<std::size_t>(std::min<std::uint64_t>(kBlockBytes, length)));
    for (std::uint64_t done = 0; done < length; done += block.size()) {
      block.resize(static_cast<std::size_t>(std::min<std::uint64_t>(block.size(), length - done)));
      is_read = false;
      const auto count = file_->read(from + done, block);
      if (!count) return std::unexpected(count.error());
      if (*count < block.size()) {
        return fail(ErrorCode::kIntegrity, "the version's content on the server's disk is cut short");
      }
      is_read = true;
      if (auto appended = writer.append(to + done, block); !appended) return appended;
    }
    return {};
  };
  auto copied = co_await net::run_blocking(request_.content_pool.to_the_end(), work);
  if (!copied && !is_read) co_await note_read_error(request_, *file_, copied.error());
  co_return copied;
}

}  // namespace ndisk::server
