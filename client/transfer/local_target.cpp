#include "client/transfer/local_target.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "common/random.hpp"
#include "common/shown_name.hpp"

namespace ndisk::client {
namespace {

constexpr std::size_t kBlock = 256 * 1024;
constexpr mode_t kWhileWriting = 0600;

std::array<timespec, 2> times_of(const Stamp& stamp) {
  auto seconds = stamp.mtime / kSecondNs;
  auto rest = stamp.mtime % kSecondNs;
  if (rest < 0) {
    --seconds;
    rest += kSecondNs;
  }
  return {timespec{.tv_sec = 0, .tv_nsec = UTIME_OMIT}, timespec{.tv_sec = seconds, .tv_nsec = rest}};
}

Result<void> write_temporary(const std::string& temporary, ByteView content, const Stamp& stamp) {
  const FileDescriptor file(
      ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, kWhileWriting));
  if (!file) return fail_errno(errno, "writing", shown_name(temporary));
  if (auto written = write_fully(file.get(), temporary, content); !written) return written;
  return apply_attributes(file.get(), temporary, stamp);
}

}  // namespace

std::string folder_of(const std::string& path) {
  const auto slash = path.rfind('/');
  if (slash == path.npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

Result<Existing> look_at_target(const std::string& path, std::uint64_t size) {
  struct stat status {};
  // Links are followed: what is behind /dev/stdout must not be mistaken for a file to replace.
  if (::stat(path.c_str(), &status) != 0) {
    if (errno == ENOENT) return Existing::kNothing;
    return fail_errno(errno, "looking at", shown_name(path));
  }
  if (S_ISDIR(status.st_mode)) {
    return fail(ErrorCode::kIsFolder, shown_name(path) + ": is a folder here; move it away, or use -o or -t");
  }
  if (!S_ISREG(status.st_mode)) {
    return fail(ErrorCode::kInvalid, shown_name(path) + ": is not a regular file; -o - writes to standard output");
  }
  return static_cast<std::uint64_t>(status.st_size) == size ? Existing::kSameSize : Existing::kOther;
}

Result<Existing> examine_target(const std::string& path, std::uint64_t size, const Digest& sha256) {
  const auto existing = look_at_target(path, size);
  if (!existing || *existing != Existing::kSameSize) return existing;
  const auto file = SourceFile::open(path);
  if (!file) return Existing::kOther;  // what can't be read can still be replaced
  Sha256 digest;
  Bytes block(kBlock);
  while (digest.size() < size) {
    const auto count = file->read(digest.size(), block);
    if (!count || *count == 0) return Existing::kOther;
    digest.add(ByteView(block).first(*count));
  }
  return digest.digest() == sha256 ? Existing::kIdentical : Existing::kOther;
}

Result<void> apply_attributes(const std::string& path, const Stamp& stamp) {
  struct stat status {};
  if (::stat(path.c_str(), &status) == 0) {
    const auto now = stamp_of(status);
    if (now.mode == stamp.mode && now.mtime == stamp.mtime) return {};
  }
  const auto times = times_of(stamp);
  if (::chmod(path.c_str(), stamp.mode) != 0 || ::utimensat(AT_FDCWD, path.c_str(), times.data(), 0) != 0) {
    return fail_errno(errno, "setting mode and time of", shown_name(path));
  }
  return {};
}

Result<void> apply_attributes(int descriptor, const std::string& path, const Stamp& stamp) {
  const auto times = times_of(stamp);
  if (::fchmod(descriptor, stamp.mode) != 0 || ::futimens(descriptor, times.data()) != 0) {
    return fail_errno(errno, "setting mode and time of", shown_name(path));
  }
  return {};
}

Result<void> make_local_folder(const std::string& path) {
  if (::mkdir(path.c_str(), 0777) == 0) return {};
  const int cause = errno;
  struct stat status {};
  if (::stat(path.c_str(), &status) == 0) {
    if (S_ISDIR(status.st_mode)) return {};
    return fail(ErrorCode::kNotFolder, shown_name(path) + ": is a file here, where a folder is needed; move it away");
  }
  return fail_errno(cause, "making the folder", shown_name(path));
}

Result<void> place_small(const std::string& path, ByteView content, const Stamp& stamp) {
  const auto suffix = random_bytes<8>();
  const auto temporary = folder_of(path) + "/.ndisk-" + to_hex(suffix) + ".tmp";
  auto placed = write_temporary(temporary, content, stamp);
  if (placed && ::rename(temporary.c_str(), path.c_str()) != 0) {
    placed = fail_errno(errno, "replacing", shown_name(path));
  }
  if (!placed) ::unlink(temporary.c_str());
  return placed;
}

Result<void> write_fully(int descriptor, const std::string& path, ByteView bytes) {
  while (!bytes.empty()) {
    const auto count = ::write(descriptor, bytes.data(), bytes.size());
    if (count < 0 && errno != EINTR) return fail_errno(errno, "writing", shown_name(path));
    if (count > 0) bytes = bytes.subspan(static_cast<std::size_t>(count));
  }
  return {};
}

}  // namespace ndisk::client
