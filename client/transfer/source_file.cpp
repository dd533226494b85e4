#include "client/transfer/source_file.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <limits>

#include "common/protocol/limits.hpp"
#include "common/shown_name.hpp"

namespace ndisk::client {

namespace {

// What signed 64 bits of nanoseconds can't hold (before 1677, after 2262) becomes the nearest time that they can.
TimeNs to_time(const timespec& time) {
  TimeNs whole = 0, sum = 0;
  const bool fits = !__builtin_mul_overflow(time.tv_sec, kSecondNs, &whole) &&
                    !__builtin_add_overflow(whole, static_cast<TimeNs>(time.tv_nsec), &sum);
  if (fits) return sum;
  return time.tv_sec < 0 ? std::numeric_limits<TimeNs>::min() : std::numeric_limits<TimeNs>::max();
}

}  // namespace

SourceFile::SourceFile(FileDescriptor file, std::string path, const struct stat& status, TimeNs opened)
    : file_(std::move(file)),
      path_(std::move(path)),
      stamp_(stamp_of(status)),
      state_(state_of(status)),
      opened_(opened) {}

Stamp stamp_of(const struct stat& status) {
  return {.size = static_cast<std::uint64_t>(status.st_size),
          .mtime = to_time(status.st_mtim),
          .mode = static_cast<std::uint32_t>(status.st_mode & 0777)};
}

FileState state_of(const struct stat& status) {
  return {.device = status.st_dev,
          .inode = status.st_ino,
          .size = static_cast<std::uint64_t>(status.st_size),
          .mtime = to_time(status.st_mtim),
          .ctime = to_time(status.st_ctim)};
}

Result<SourceFile> SourceFile::open(const std::string& path, std::size_t followed) {
  const auto now = SystemClock().now();
  auto file = open_source(path, followed);
  if (!file) return std::unexpected(std::move(file.error()));
  struct stat status {};
  if (::fstat(file->get(), &status) != 0) return fail_errno(errno, "reading", shown_name(path));
  if (!S_ISREG(status.st_mode)) {
    return fail(ErrorCode::kInvalid, shown_name(path) + ": is not a regular file; put - --name NAME takes a stream");
  }
  return SourceFile(std::move(*file), path, status, now);
}

std::optional<FileState> SourceFile::state_now() const {
  struct stat status {};
  if (::fstat(file_.get(), &status) != 0) return std::nullopt;
  return state_of(status);
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

Result<SinceOpened> SourceFile::since_opened() const {
  struct stat status {};
  if (::fstat(file_.get(), &status) != 0) return fail_errno(errno, "reading", shown_name(path_));
  const auto now = state_of(status);
  if (now.size != state_.size || now.mtime != state_.mtime) return SinceOpened::kChanged;
  // Files that the kernel makes up as they are read (/proc, /sys) have a size that says nothing.
  std::array<std::uint8_t, 1> beyond{};
  const auto more = read(stamp_.size, beyond);
  if (!more) return std::unexpected(more.error());
  if (*more == 0) return now.ctime == state_.ctime ? SinceOpened::kSame : SinceOpened::kTouched;
  return fail(ErrorCode::kInvalid,
              shown_name(path_) + ": gives more bytes than its size says; put - --name NAME takes it as a stream");
}

Result<std::optional<SmallContent>> read_small(const std::string& path, std::size_t followed, const RoomOf& room_of) {
  for (int reading = 0; reading < kMostReadings; ++reading) {
    const auto file = SourceFile::open(path, followed);
    if (!file) return std::unexpected(file.error());
    if (file->stamp().size > protocol::kMaxSmallFileBytes) return std::nullopt;
    const auto room = room_of ? room_of(file->stamp()) : 0;
    SmallContent content{.stamp = file->stamp(), .state = file->state(), .room = room};
    content.bytes.resize(content.room + content.stamp.size);
    const auto count = file->read(0, std::span(content.bytes).subspan(content.room));
    if (!count) return std::unexpected(count.error());
    const auto since = file->since_opened();
    if (!since) return std::unexpected(since.error());
    if (*since != SinceOpened::kSame || *count != content.stamp.size) continue;
    content.sha256 = sha256(content.content());
    return content;
  }
  return std::unexpected(kept_changing(path));
}

Result<std::optional<SmallContent>> read_link(const std::string& path, std::size_t followed) {
  const auto place = SourcePlace::find(path, followed, "reading");
  if (!place) return std::unexpected(place.error());
  for (int reading = 0; reading < kMostReadings; ++reading) {
    struct stat before {
    }, after{};
    SmallContent content{.stamp = {}, .bytes = Bytes(protocol::kMaxLinkBytes + 1)};
    if (::fstatat(place->folder(), place->name(), &before, AT_SYMLINK_NOFOLLOW) != 0)
      return fail_errno(errno, "reading", shown_name(path));
    if (!S_ISLNK(before.st_mode)) return fail(ErrorCode::kInvalid, shown_name(path) + ": is not a link any more");
    auto* const target = reinterpret_cast<char*>(content.bytes.data());
    const auto count = ::readlinkat(place->folder(), place->name(), target, content.bytes.size());
    if (count < 0) return fail_errno(errno, "reading", shown_name(path));
    content.bytes.resize(static_cast<std::size_t>(count));
    if (content.bytes.size() > protocol::kMaxLinkBytes) {
      return fail(ErrorCode::kInvalid, shown_name(path) + ": the link leads to more than 4096 bytes");
    }
    if (::fstatat(place->folder(), place->name(), &after, AT_SYMLINK_NOFOLLOW) != 0)
      return fail_errno(errno, "reading", shown_name(path));
    if (state_of(before) != state_of(after)) continue;
    content.stamp = stamp_of(after);
    content.state = state_of(after);
    content.stamp.size = content.bytes.size();
    content.stamp.mode = 0777;
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
