#include "client/download/local_placing.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <memory>

#include "client/download/local_target.hpp"
#include "common/protocol/limits.hpp"
#include "common/random.hpp"
#include "common/shown_name.hpp"

namespace ndisk::client {
namespace {

constexpr mode_t kWhileWriting = 0600;
constexpr mode_t kOwnersAccess = 0700;
constexpr std::string_view kTemporaryPrefix = ".ndisk-";
constexpr std::string_view kTemporarySuffix = ".tmp";
constexpr std::size_t kTemporaryBytes = 8;
constexpr TimeNs kLeftoverAge = 24 * 3600 * kSecondNs;

struct CloseFolder {
  void operator()(DIR* folder) const { ::closedir(folder); }
};

std::array<timespec, 2> times_of(const Stamp& stamp) {
  auto seconds = stamp.mtime / kSecondNs;
  auto rest = stamp.mtime % kSecondNs;
  if (rest < 0) {
    --seconds;
    rest += kSecondNs;
  }
  return {timespec{.tv_sec = 0, .tv_nsec = UTIME_OMIT}, timespec{.tv_sec = seconds, .tv_nsec = rest}};
}

Result<void> attributes_failed(const std::string& path) {
  return fail_errno(errno, "setting mode and time of", shown_name(path));
}

// The owner may set any mode: a disk that refuses keeps none.
bool keeps_no_modes(const struct stat& status, int cause) {
  return (cause == EPERM || cause == EOPNOTSUPP) && (status.st_uid == ::geteuid() || ::geteuid() == 0);
}

Result<void> write_temporary(const std::string& temporary, ByteView content, const Stamp& stamp) {
  const FileDescriptor file(
      ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, kWhileWriting));
  if (!file) return fail_errno(errno, "writing", shown_name(temporary));
  if (auto written = write_fully(file.get(), temporary, content); !written) return written;
  return apply_attributes(file.get(), temporary, stamp);
}

Result<void> make_link(const std::string& temporary, const std::string& path, const std::string& target,
                       const Stamp& stamp) {
  if (::symlink(target.c_str(), temporary.c_str()) != 0) {
    if (errno == EPERM) {
      return fail(ErrorCode::kNotAllowed, shown_name(path) + ": this disk can't hold symbolic links");
    }
    return fail_errno(errno, "making the symbolic link", shown_name(path));
  }
  return apply_link_time(temporary, stamp);
}

Result<bool> move_into_place(const Result<void>& made, const std::string& temporary, const std::string& path,
                             Over over) {
  auto moved = made ? take_name(temporary, path, over) : std::unexpected(made.error());
  if (!moved || !*moved) ::unlink(temporary.c_str());
  return moved;
}

// False: a file or link is there.
Result<bool> leave_what_is_there(const std::string& path) {
  struct stat status {};
  if (::lstat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode)) return fail_over_folder(path);
  return false;
}

// For disks whose rename can't leave alone what is there: a second name is refused by itself where there is one.
Result<bool> take_free_name(const std::string& from, const std::string& to) {
  if (::link(from.c_str(), to.c_str()) == 0) {
    ::unlink(from.c_str());
    return true;
  }
  if (errno == EEXIST) return leave_what_is_there(to);
  // Nor has this disk second names.
  return stands_there(to) ? leave_what_is_there(to) : take_name(from, to, Over::kAnything);
}

// By the time of the last change of any kind, which can't be set: the mtime is the content's own.
bool is_old(const struct stat& status, TimeNs now) {
  return now - TimeNs{status.st_ctim.tv_sec} * kSecondNs > kLeftoverAge;
}

}  // namespace

Result<void> apply_attributes(const std::string& path, const Stamp& stamp) {
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0) return attributes_failed(path);
  if (S_ISLNK(status.st_mode)) {
    return fail(ErrorCode::kConflict, shown_name(path) + ": became a symbolic link meanwhile; get it again");
  }
  const auto now = stamp_of(status);
  if (now.mode != stamp.mode && ::chmod(path.c_str(), stamp.mode) != 0 && !keeps_no_modes(status, errno)) {
    return attributes_failed(path);
  }
  return now.mtime == stamp.mtime ? Result<void>() : apply_link_time(path, stamp);
}

Result<void> apply_attributes(int descriptor, const std::string& path, const Stamp& stamp) {
  if (::fchmod(descriptor, stamp.mode) != 0) {
    const int cause = errno;
    struct stat status {};
    if (::fstat(descriptor, &status) != 0 || !keeps_no_modes(status, cause)) {
      return fail_errno(cause, "setting the mode of", shown_name(path));
    }
  }
  const auto times = times_of(stamp);
  if (::futimens(descriptor, times.data()) != 0) return attributes_failed(path);
  return {};
}

Result<void> apply_link_time(const std::string& path, const Stamp& stamp) {
  const auto times = times_of(stamp);
  if (::utimensat(AT_FDCWD, path.c_str(), times.data(), AT_SYMLINK_NOFOLLOW) != 0) return attributes_failed(path);
  return {};
}

Result<bool> folder_stands_there(const std::string& path, bool follow) {
  struct stat status {};
  if (::fstatat(AT_FDCWD, path.c_str(), &status, follow ? 0 : AT_SYMLINK_NOFOLLOW) != 0) {
    if (errno == ENOENT) return false;
    return fail_errno(errno, "looking at", shown_name(path));
  }
  if (S_ISDIR(status.st_mode)) return true;
  return fail(ErrorCode::kNotFolder, shown_name(path) + ": is a " + (S_ISLNK(status.st_mode) ? "link" : "file") +
                                         " here, where a folder is needed; move it away");
}

Result<bool> make_local_folder(const std::string& path, bool follow) {
  if (::mkdir(path.c_str(), 0777) == 0) return false;
  const int cause = errno;
  const auto stands = folder_stands_there(path, follow);
  if (!stands) return stands;
  if (!*stands) return fail_errno(cause, "making the folder", shown_name(path));
  struct stat status {};
  const bool is_usable = ::faccessat(AT_FDCWD, path.c_str(), W_OK | X_OK, AT_EACCESS) == 0;
  if (!is_usable && ::stat(path.c_str(), &status) == 0 && status.st_uid == ::geteuid()) {
    ::chmod(path.c_str(), (status.st_mode & 0777) | kOwnersAccess);
  }
  return true;
}

Result<bool> take_name(const std::string& from, const std::string& to, Over over) {
  if (over == Over::kAnything) {
    if (::rename(from.c_str(), to.c_str()) == 0) return true;
  } else {
    if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) return true;
    if (errno == EEXIST) return leave_what_is_there(to);
    if (errno == EINVAL || errno == ENOSYS) return take_free_name(from, to);
  }
  return fail_errno(errno, "replacing", shown_name(to));
}

Result<bool> place_small(const std::string& path, ByteView content, const Stamp& stamp, Over over) {
  const auto temporary = temporary_name(folder_of(path));
  return move_into_place(write_temporary(temporary, content, stamp), temporary, path, over);
}

Result<bool> place_link(const std::string& path, ByteView target, const Stamp& stamp, Over over) {
  if (target.empty() || target.size() > protocol::kMaxLinkBytes || std::ranges::find(target, 0) != target.end()) {
    return fail(ErrorCode::kProtocol, shown_name(path) + ": the server sent a link with a target that can't be");
  }
  const auto temporary = temporary_name(folder_of(path));
  const std::string text(as_text(target));
  return move_into_place(make_link(temporary, path, text, stamp), temporary, path, over);
}

Result<void> write_fully(int descriptor, const std::string& path, ByteView bytes) {
  while (!bytes.empty()) {
    const auto count = ::write(descriptor, bytes.data(), bytes.size());
    if (count < 0 && errno == EFBIG) {  // room there may be, for smaller files
      return fail(ErrorCode::kIo, "writing " + shown_name(path) + ": this disk can't hold a file of that size");
    }
    if (count < 0 && errno != EINTR) return fail_errno(errno, "writing", shown_name(path));
    if (count > 0) bytes = bytes.subspan(static_cast<std::size_t>(count));
  }
  return {};
}

std::string temporary_name(const std::string& folder) {
  std::string path = folder + "/";
  path.append(kTemporaryPrefix).append(to_hex(random_bytes<kTemporaryBytes>())).append(kTemporarySuffix);
  return path;
}

bool is_temporary_name(std::string_view name) {
  if (!name.starts_with(kTemporaryPrefix) || !name.ends_with(kTemporarySuffix)) return false;
  name.remove_prefix(kTemporaryPrefix.size());
  if (name.size() != 2 * kTemporaryBytes + kTemporarySuffix.size()) return false;
  const auto digits = name.substr(0, 2 * kTemporaryBytes);
  const auto bytes = from_hex(digits);
  return bytes && to_hex(*bytes) == digits;
}

void remove_leftovers(const std::string& folder, TimeNs now) {
  const std::unique_ptr<DIR, CloseFolder> open(::opendir(folder.c_str()));
  if (!open) return;
  const int descriptor = ::dirfd(open.get());
  while (const auto* entry = ::readdir(open.get())) {
    if (!is_temporary_name(entry->d_name)) continue;
    struct stat status {};
    if (::fstatat(descriptor, entry->d_name, &status, AT_SYMLINK_NOFOLLOW) != 0) continue;
    if (status.st_uid != ::geteuid() || !is_old(status, now)) continue;
    std::error_code ignored;
    std::filesystem::remove_all(folder + "/" + entry->d_name, ignored);
  }
}

}  // namespace ndisk::client
