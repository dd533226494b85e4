#include "client/download/download.hpp"

#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include "client/download/assemble.hpp"
#include "client/download/content_stream.hpp"
#include "client/download/local_placing.hpp"
#include "client/download/part_file.hpp"
#include "common/protocol/limits.hpp"
#include "common/shown_name.hpp"

namespace ndisk::client {
namespace {

Over over_what(const Transfer& transfer) { return transfer.no_clobber ? Over::kNothing : Over::kAnything; }

// In one frame, and placed in one go. False as download_file says it.
net::Task<Result<bool>> download_small(Transfer& transfer, const RemoteFile& file, const std::string& local) {
  Result<bool> placed = false;
  Append place = [&](ByteView content) -> Result<void> {
    if (sha256(content) != file.wanted.sha256) return std::unexpected(damaged(file));
    const auto put = file.wanted.is_link ? place_link : place_small;
    placed = put(local, content, file.wanted.stamp, over_what(transfer));
    return placed ? Result<void>() : std::unexpected(placed.error());
  };
  const ContentRange whole{0, file.size()};
  auto stream = co_await ContentStream::open(transfer, file, std::span(&whole, 1));
  if (!stream) co_return std::unexpected(stream.error());
  // Only content that came is placed: of an empty file that came in parts there would be none.
  if (!stream->is_small()) {
    co_return fail(ErrorCode::kProtocol, "the server sent a small file as it sends large ones");
  }
  const auto taken = co_await stream->take_small(place);
  if (!taken) co_return std::unexpected(taken.error());
  co_return placed;
}

net::Task<Result<void>> take_up(Transfer& transfer, const RemoteFile& file, PartFile& part) {
  auto digest_more = [&part] { return part.take_up(); };
  for (;;) {
    if (transfer.link.stopping()) co_return fail(ErrorCode::kCancelled, "interrupted");
    const auto all = co_await net::run_blocking(transfer.pool, digest_more);
    if (!all) co_return std::unexpected(all.error());
    if (*all) break;
  }
  transfer.progress.had_already(part.position());
  if (part.position() > 0) transfer.progress.resumed(file.path.name(), part.position());
  co_return Result<void>();
}

net::Task<Result<void>> fill(Transfer& transfer, const RemoteFile& file, PartFile& part) {
  Append append = [&part](ByteView content) { return part.append(content); };
  Link::Tries tries;
  while (part.position() < file.size()) {
    const auto received = co_await receive_content(transfer, file, part.position(), append);
    if (received) break;
    tries.note_done(part.position());
    auto retry = co_await transfer.link.before_retry(received.error(), tries);
    if (!retry) co_return retry;
  }
  co_return Result<void>();
}

// From the older copy at the target and the server, if that copy is of use; nothing if it is not.
net::Task<Result<bool>> fill_from_older(Transfer& transfer, const RemoteFile& file, const std::string& local,
                                        PartFile& part) {
  auto open = [&] { return open_older(local, file.size(), file.size() - part.position()); };
  const auto older = co_await net::run_blocking(transfer.pool, open);
  if (!older) co_return false;
  transfer.progress.checking(file.path.name());
  const RemoteVersion wanted{.version = file.version, .size = file.size()};
  const auto plan = co_await plan_download(transfer, *older, wanted);
  const bool is_final = !plan && (plan.error().retryable || plan.error().code == ErrorCode::kCancelled);
  if (is_final) co_return std::unexpected(plan.error());
  if (!plan || plan->copied == 0) co_return false;
  const auto done = co_await assemble(transfer, file, *older, *plan, part);
  if (!done) co_return std::unexpected(done.error());
  co_return true;
}

net::Task<Result<bool>> download_large(Transfer& transfer, const RemoteFile& file, const std::string& local) {
  std::optional<PartFile> part;
  auto open = [&]() -> Result<void> {
    auto opened = PartFile::open(local, file.size(), file.wanted.sha256);
    if (!opened) return std::unexpected(opened.error());
    part = std::move(*opened);
    return {};
  };
  auto done = co_await net::run_blocking(transfer.pool, open);
  if (done) done = co_await take_up(transfer, file, *part);
  if (!done) co_return std::unexpected(done.error());
  bool has_older = false;
  if (!transfer.whole_files) {
    const auto filled = co_await fill_from_older(transfer, file, local, *part);
    if (!filled) co_return std::unexpected(filled.error());
    has_older = *filled;
  }
  done = co_await fill(transfer, file, *part);
  if (!done) co_return std::unexpected(done.error());
  if (!part->is_intact() && (part->is_resumed() || has_older)) {
    transfer.output.note(shown_name(local) + ": what was there already is not right, getting it anew");
    transfer.progress.lost(part->position());
    done = part->start_over();
    if (done) done = co_await fill(transfer, file, *part);
    if (!done) co_return std::unexpected(done.error());
  }
  if (!part->is_intact()) {
    part->discard();
    co_return std::unexpected(damaged(file));
  }
  auto finish = [&] { return part->finish(file.wanted.stamp, over_what(transfer)); };
  co_return co_await net::run_blocking(transfer.pool, finish);
}

Result<void> write_output(ByteView bytes, int descriptor, const std::string& name) {
  while (!bytes.empty()) {
    const auto count = ::write(descriptor, bytes.data(), bytes.size());
    if (count > 0) bytes = bytes.subspan(static_cast<std::size_t>(count));
    if (count >= 0 || errno == EINTR) continue;
    if (errno == EPIPE && descriptor == STDOUT_FILENO) std::_Exit(kExitAfterBrokenPipe);
    // Another try would find nobody either, or give a new reader what the old one has.
    if (errno == EPIPE) return fail(ErrorCode::kIo, "writing " + name + ": nobody reads it any more");
    if (errno != EAGAIN) return fail_errno(errno, "writing", name);
    pollfd output{descriptor, POLLOUT, 0};
    ::poll(&output, 1, -1);
  }
  return {};
}

Result<RemoteFile> remote_file(RemotePath path, std::string_view sha256, wire::Kind kind, std::uint64_t size,
                               const wire::Attributes& attributes) {
  if (kind == wire::FOLDER) return fail(ErrorCode::kIsFolder, shown_name(path.bytes()) + ": is a folder");
  const auto digest = protocol::digest_field(sha256);
  if (!digest) return std::unexpected(digest.error());
  RemoteFile file{.path = std::move(path)};
  file.wanted.stamp = {.size = size, .mtime = attributes.mtime_ns(), .mode = attributes.mode() & 0777};
  file.wanted.sha256 = *digest;
  file.wanted.is_link = kind == wire::LINK;
  if (file.wanted.is_link && (size == 0 || size > protocol::kMaxLinkBytes)) {
    return fail(ErrorCode::kProtocol,
                shown_name(file.path.bytes()) + ": the server has a link of a size that can't be");
  }
  return file;
}

}  // namespace

Result<RemoteFile> remote_file(RemotePath path, const wire::Entry& entry) {
  auto file = remote_file(std::move(path), entry.sha256(), entry.kind(), entry.size(), entry.attributes());
  if (file) file->version = entry.version();
  return file;
}

Result<RemoteFile> remote_file(RemotePath path, const wire::FileInfo& info) {
  auto file = remote_file(std::move(path), info.sha256(), info.kind(), info.size(), info.attributes());
  if (file) file->version = info.version();
  return file;
}

net::Task<Result<bool>> is_identical(Transfer& transfer, const RemoteFile& file, const std::string& local) {
  std::optional<SourceFile> source;
  Sha256 digest;
  Bytes block(1024 * 1024);
  auto read_more = [&]() -> Result<bool> {
    if (!source) {
      auto opened = SourceFile::open(local, kFollowAll);
      if (!opened) return false;  // what can't be read can still be replaced
      source = std::move(*opened);
    }
    const auto count = source->read(digest.size(), block);
    if (count) digest.add(ByteView(block).first(*count));
    return count && *count > 0;
  };
  for (bool more = true; more && digest.size() < file.size();) {
    if (transfer.link.stopping()) co_return fail(ErrorCode::kCancelled, "interrupted");
    more = *co_await net::run_blocking(transfer.pool, read_more);
  }
  const bool same = digest.size() == file.size() && digest.digest() == file.wanted.sha256;
  co_return same;
}

net::Task<Result<bool>> download_file(Transfer& transfer, const RemoteFile& file, const std::string& local,
                                      Existing existing) {
  if (existing == Existing::kSameSize) {
    transfer.progress.checking(file.path.name());
    const auto identical = co_await is_identical(transfer, file, local);
    if (!identical) co_return identical;
    if (*identical) existing = Existing::kIdentical;
  }
  if (existing == Existing::kIdentical || existing == Existing::kUnchanged) {
    transfer.progress.had_already(file.size());
    auto apply = [&] {
      return file.wanted.is_link ? apply_link_time(local, file.wanted.stamp)
                                 : apply_attributes(local, file.wanted.stamp);
    };
    const auto applied = co_await net::run_blocking(transfer.pool, apply);
    if (!applied) co_return std::unexpected(applied.error());
    co_return false;
  }
  if (file.size() > protocol::kMaxSmallFileBytes) co_return co_await download_large(transfer, file, local);
  Link::Tries tries;
  for (;;) {
    const auto received = co_await download_small(transfer, file, local);
    if (received) co_return received;
    auto retry = co_await transfer.link.before_retry(received.error(), tries);
    if (!retry) co_return std::unexpected(retry.error());
  }
}

net::Task<Result<void>> download_to_descriptor(Transfer& transfer, const RemoteFile& file, int descriptor,
                                               const std::string& name) {
  Sha256 digest;
  Append append = [&](ByteView content) -> Result<void> {
    if (auto written = write_output(content, descriptor, name); !written) return written;
    digest.add(content);
    return {};
  };
  Link::Tries tries;
  while (digest.size() < file.size()) {
    const auto received = co_await receive_content(transfer, file, digest.size(), append);
    if (received) break;
    tries.note_done(digest.size());
    auto retry = co_await transfer.link.before_retry(received.error(), tries);
    if (!retry) co_return retry;
  }
  if (digest.digest() != file.wanted.sha256) co_return std::unexpected(damaged(file));
  co_return Result<void>();
}

}  // namespace ndisk::client
