#include "client/transfer/source_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "common/protocol/limits.hpp"
#include "common/shown_name.hpp"

namespace ndisk::client {

Stamp stamp_of(const struct stat& status) {
  return {.size = static_cast<std::uint64_t>(status.st_size),
          .mtime = status.st_mtim.tv_sec * kSecondNs + status.st_mtim.tv_nsec,
          .mode = static_cast<std::uint32_t>(status.st_mode & 0777)};
}

Result<SourceFile> SourceFile::open(const std::string& path) {
  FileDescriptor file(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  if (!file) return fail_errno(errno, "reading", shown_name(path));
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) return fail_errno(errno, "reading", shown_name(path));
  if (!S_ISREG(status.st_mode)) {
    return fail(ErrorCode::kInvalid, shown_name(path) + ": is not a regular file; put - --name NAME takes a stream");
  }
  return SourceFile(std::move(file), path, stamp_of(status));
}

Result<std::size_t> SourceFile::read(std::uint64_t offset, std::span<std::uint8_t> out) const {
  std::size_t filled = 0;
  while (filled < out.size()) {
    const auto count =
        ::pread(file_.get(), out.data() + filled, out.size() - filled, static_cast<off_t>(offset + filled));
    if (count == 0) break;
    if (count < 0 && errno != EINTR) return fail_errno(errno, "reading", shown_name(path_));
    if (count > 0) filled += static_cast<std::size_t>(count);
  }
  return filled;
}

Result<bool> SourceFile::is_unchanged() const {
  struct stat status {};
  if (::fstat(file_.get(), &status) != 0) return fail_errno(errno, "reading", shown_name(path_));
  const auto now = stamp_of(status);
  return now.size == stamp_.size && now.mtime == stamp_.mtime;
}

Result<std::optional<SmallContent>> read_small(const std::string& path) {
  for (int reading = 0; reading < kMostReadings; ++reading) {
    const auto file = SourceFile::open(path);
    if (!file) return std::unexpected(file.error());
    if (file->stamp().size > protocol::kMaxSmallFileBytes) return std::nullopt;
    SmallContent content{.stamp = file->stamp(), .bytes = Bytes(file->stamp().size)};
    const auto count = file->read(0, content.bytes);
    if (!count) return std::unexpected(count.error());
    const auto unchanged = file->is_unchanged();
    if (!unchanged) return std::unexpected(unchanged.error());
    if (!*unchanged || *count != content.bytes.size()) continue;
    content.sha256 = sha256(content.bytes);
    return content;
  }
  return std::unexpected(kept_changing(path));
}

Error kept_changing(const std::string& path) {
  return {ErrorCode::kConflict, shown_name(path) + ": kept changing while it was read; put it again when it is at rest",
          false};
}

}  // namespace ndisk::client
