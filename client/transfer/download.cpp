#include "client/transfer/download.hpp"

#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include "client/transfer/part_file.hpp"
#include "common/protocol/limits.hpp"
#include "common/shown_name.hpp"

namespace ndisk::client {
namespace {

// In one frame, and placed in one go.
net::Task<Result<void>> download_small(Transfer& transfer, const RemoteFile& file, const std::string& local) {
  Append place = [&](ByteView content) -> Result<void> {
    if (sha256(content) != file.sha256) return std::unexpected(damaged(file));
    return place_small(local, content, file.stamp);
  };
  co_return co_await receive_content(transfer, file, 0, place);
}

// Reads a local file of the same size, part by part, so that an interrupt is noticed.
net::Task<Result<bool>> is_identical(Transfer& transfer, const RemoteFile& file, const std::string& local) {
  std::optional<SourceFile> source;
  Sha256 digest;
  Bytes block(1024 * 1024);
  auto read_more = [&]() -> Result<bool> {
    if (!source) {
      auto opened = SourceFile::open(local);
      if (!opened) return false;  // what can't be read can still be replaced
      source = std::move(*opened);
    }
    const auto count = source->read(digest.size(), block);
    if (count) digest.add(ByteView(block).first(*count));
    return count && *count > 0;
  };
  for (bool more = true; more && digest.size() < file.stamp.size;) {
    if (transfer.link.stopping()) co_return fail(ErrorCode::kCancelled, "interrupted");
    more = *co_await net::run_blocking(transfer.pool, read_more);
  }
  co_return digest.size() == file.stamp.size&& digest.digest() == file.sha256;
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
  while (part.position() < file.stamp.size) {
    const auto received = co_await receive_content(transfer, file, part.position(), append);
    if (received) break;
    auto retry = co_await transfer.link.before_retry(received.error());
    if (!retry) co_return retry;
  }
  co_return Result<void>();
}

net::Task<Result<void>> download_large(Transfer& transfer, const RemoteFile& file, const std::string& local) {
  std::optional<PartFile> part;
  auto open = [&]() -> Result<void> {
    auto opened = PartFile::open(local, file.stamp.size, file.sha256);
    if (!opened) return std::unexpected(opened.error());
    part = std::move(*opened);
    return {};
  };
  auto done = co_await net::run_blocking(transfer.pool, open);
  if (done) done = co_await take_up(transfer, file, *part);
  if (done) done = co_await fill(transfer, file, *part);
  if (!done) co_return done;
  if (!part->is_intact() && part->is_resumed()) {
    transfer.output.note(shown_name(local) + ": what an earlier try left is not right, getting it anew");
    transfer.progress.lost(part->position());
    done = part->start_over();
    if (done) done = co_await fill(transfer, file, *part);
    if (!done) co_return done;
  }
  if (!part->is_intact()) {
    part->discard();
    co_return std::unexpected(damaged(file));
  }
  auto finish = [&] { return part->finish(file.stamp); };
  co_return co_await net::run_blocking(transfer.pool, finish);
}

Result<void> write_output(ByteView bytes) {
  while (!bytes.empty()) {
    const auto count = ::write(STDOUT_FILENO, bytes.data(), bytes.size());
    if (count > 0) bytes = bytes.subspan(static_cast<std::size_t>(count));
    if (count >= 0 || errno == EINTR) continue;
    if (errno == EPIPE) std::_Exit(kExitAfterBrokenPipe);
    if (errno != EAGAIN) return fail_errno(errno, "writing", "standard output");
    pollfd output{STDOUT_FILENO, POLLOUT, 0};
    ::poll(&output, 1, -1);
  }
  return {};
}

}  // namespace

Result<RemoteFile> remote_file(RemotePath path, const wire::Entry& entry) {
  const auto digest = protocol::digest_field(entry.sha256());
  if (!digest) return std::unexpected(digest.error());
  return RemoteFile{
      .path = std::move(path),
      .version = entry.version(),
      .sha256 = *digest,
      .stamp = {
          .size = entry.size(), .mtime = entry.attributes().mtime_ns(), .mode = entry.attributes().mode() & 0777}};
}

net::Task<Result<void>> download_file(Transfer& transfer, const RemoteFile& file, const std::string& local,
                                      std::optional<Existing> known) {
  if (!known) {
    auto look = [&] { return look_at_target(local, file.stamp.size); };
    const auto existing = co_await net::run_blocking(transfer.pool, look);
    if (!existing) co_return std::unexpected(existing.error());
    known = *existing;
  }
  if (*known == Existing::kSameSize) {
    transfer.progress.checking(file.path.name());
    const auto identical = co_await is_identical(transfer, file, local);
    if (!identical) co_return std::unexpected(identical.error());
    if (*identical) {
      transfer.progress.had_already(file.stamp.size);
      co_return apply_attributes(local, file.stamp);
    }
  }
  if (file.stamp.size > protocol::kMaxSmallFileBytes) co_return co_await download_large(transfer, file, local);
  for (;;) {
    const auto received = co_await download_small(transfer, file, local);
    if (received) co_return received;
    auto retry = co_await transfer.link.before_retry(received.error());
    if (!retry) co_return retry;
  }
}

net::Task<Result<void>> download_to_standard_output(Transfer& transfer, const RemoteFile& file) {
  Sha256 digest;
  Append append = [&digest](ByteView content) -> Result<void> {
    if (auto written = write_output(content); !written) return written;
    digest.add(content);
    return {};
  };
  while (digest.size() < file.stamp.size) {
    const auto received = co_await receive_content(transfer, file, digest.size(), append);
    if (received) break;
    auto retry = co_await transfer.link.before_retry(received.error());
    if (!retry) co_return retry;
  }
  if (digest.digest() != file.sha256) co_return std::unexpected(damaged(file));
  co_return Result<void>();
}

}  // namespace ndisk::client
