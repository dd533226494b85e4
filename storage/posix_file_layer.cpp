#include "storage/posix_file_layer.hpp"

#include <dirent.h>
#include <linux/magic.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/utsname.h>

#include <cerrno>
#include <cstdio>
#include <memory>

#include "common/beneath.hpp"

namespace ndisk::storage {
namespace {

// A pipe that was planted under one of our names must not make us wait, nor a terminal become ours.
constexpr int kAlways = O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY;
constexpr int kOnTheWay = O_PATH | O_DIRECTORY | O_CLOEXEC;
constexpr unsigned kXfsMagic = 0x58465342;  // XFS_SUPER_MAGIC, which <linux/magic.h> of older kernels lacks

std::unexpected<Errno> failed() { return std::unexpected(Errno{errno}); }

// Repeats a call that a signal interrupted.
template <class Call>
auto repeat(Call call) {
  decltype(call()) result;
  do {
    result = call();
  } while (result < 0 && errno == EINTR);
  return result;
}

template <class Call>
DiskResult<> done(Call call) {
  if (repeat(call) < 0) return failed();
  return {};
}

TimeNs nanoseconds(const timespec& time) { return TimeNs{time.tv_sec} * kSecondNs + time.tv_nsec; }

FileStatus to_status(const struct stat& from) {
  FileStatus status;
  if (S_ISREG(from.st_mode)) status.type = FileType::kFile;
  if (S_ISDIR(from.st_mode)) status.type = FileType::kFolder;
  status.size = static_cast<std::uint64_t>(from.st_size);
  status.mtime = nanoseconds(from.st_mtim);
  status.mode = from.st_mode & 07777;
  status.device = from.st_dev;
  status.inode = from.st_ino;
  return status;
}

// Before 5.8 syncfs did not report what it failed to write.
bool kernel_reports_syncfs_errors() {
  utsname name{};
  int major = 0;
  int minor = 0;
  if (::uname(&name) != 0 || std::sscanf(name.release, "%d.%d", &major, &minor) != 2) return false;
  return major > 5 || (major == 5 && minor >= 8);
}

// Those with a journal that say what they could not write, and memory, where there is nothing to write.
bool has_honest_syncfs(decltype(std::declval<struct statfs>().f_type) type) {
  const auto magic = static_cast<unsigned>(type);
  return magic == EXT4_SUPER_MAGIC || magic == kXfsMagic || magic == BTRFS_SUPER_MAGIC || magic == TMPFS_MAGIC;
}

DiskResult<Fd> to_fd(int opened) {
  if (opened < 0) return failed();
  return Fd(opened);
}

bool has_parts(int folder, const std::string& name) {
  return folder != AT_FDCWD && name.find('/') != std::string::npos;
}

// A folder, and the one part of a name that is in it.
struct Place {
  Fd opened;  // if the name had more parts: each may be a link that was planted, which no call but openat2 looks out
              // for
  int folder = -1;
  const char* name = nullptr;  // the end of what was looked for
};

DiskResult<Place> find_place(int folder, const std::string& name) {
  if (!has_parts(folder, name)) return Place{Fd(), folder, name.c_str()};
  const auto slash = name.rfind('/');
  auto opened = to_fd(ndisk::open_beneath(folder, name.substr(0, slash), kOnTheWay));
  if (!opened) return std::unexpected(opened.error());
  const int in = opened->get();
  return Place{std::move(*opened), in, name.c_str() + slash + 1};
}

// A call on one name, where it is: `call` is told the folder and the name.
template <class Call>
DiskResult<> done_at(int folder, const std::string& name, Call call) {
  const auto place = find_place(folder, name);
  if (!place) return std::unexpected(place.error());
  return done([&] { return call(place->folder, place->name); });
}

// On two.
template <class Call>
DiskResult<> done_between(int from_folder, const std::string& from, int to_folder, const std::string& to, Call call) {
  const auto source = find_place(from_folder, from);
  if (!source) return std::unexpected(source.error());
  return done_at(to_folder, to,
                 [&](int folder, const char* name) { return call(source->folder, source->name, folder, name); });
}

}  // namespace

DiskResult<Fd> PosixFileLayer::open(int folder, const std::string& name, int flags, mode_t mode) {
  if (has_parts(folder, name)) return to_fd(ndisk::open_beneath(folder, name, flags | kAlways, mode));
  return to_fd(repeat([&] { return ::openat(folder, name.c_str(), flags | kAlways, mode); }));
}

DiskResult<Fd> PosixFileLayer::open_beneath(int folder, const std::string& path, int flags) {
  return to_fd(ndisk::open_beneath(folder, path, flags | kAlways));
}

DiskResult<std::size_t> PosixFileLayer::read_at(int file, std::span<std::uint8_t> out, std::uint64_t offset) {
  std::size_t total = 0;
  while (total < out.size()) {
    const auto count = repeat(
        [&] { return ::pread(file, out.data() + total, out.size() - total, static_cast<off_t>(offset + total)); });
    if (count < 0) return failed();
    if (count == 0) break;
    total += static_cast<std::size_t>(count);
  }
  return total;
}

DiskResult<> PosixFileLayer::write_at(int file, ByteView bytes, std::uint64_t offset) {
  while (!bytes.empty()) {
    const auto count = repeat([&] { return ::pwrite(file, bytes.data(), bytes.size(), static_cast<off_t>(offset)); });
    if (count < 0) return failed();
    if (count == 0) return std::unexpected(Errno{EIO});
    bytes = bytes.subspan(static_cast<std::size_t>(count));
    offset += static_cast<std::uint64_t>(count);
  }
  return {};
}

DiskResult<> PosixFileLayer::truncate(int file, std::uint64_t size) {
  return done([&] { return ::ftruncate(file, static_cast<off_t>(size)); });
}

void PosixFileLayer::start_writeback(int file, std::uint64_t offset, std::uint64_t size) {
  ::sync_file_range(file, static_cast<off_t>(offset), static_cast<off_t>(size), SYNC_FILE_RANGE_WRITE);
}

void PosixFileLayer::forget_cached(int file) { ::posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED); }

DiskResult<> PosixFileLayer::sync(int file) {
  return done([&] { return ::fsync(file); });
}

DiskResult<> PosixFileLayer::sync_data(int file) {
  return done([&] { return ::fdatasync(file); });
}

DiskResult<> PosixFileLayer::sync_file_system(int file) {
  return done([&] { return ::syncfs(file); });
}

DiskResult<> PosixFileLayer::rename(int from_folder, const std::string& from, int to_folder, const std::string& to) {
  return done_between(from_folder, from, to_folder, to, ::renameat);
}

DiskResult<> PosixFileLayer::link(int from_folder, const std::string& from, int to_folder, const std::string& to) {
  return done_between(from_folder, from, to_folder, to, [](int source, const char* name, int folder, const char* made) {
    return ::linkat(source, name, folder, made, 0);
  });
}

DiskResult<> PosixFileLayer::remove_file(int folder, const std::string& name) {
  return done_at(folder, name, [](int in, const char* last) { return ::unlinkat(in, last, 0); });
}

DiskResult<> PosixFileLayer::remove_folder(int folder, const std::string& name) {
  return done_at(folder, name, [](int in, const char* last) { return ::unlinkat(in, last, AT_REMOVEDIR); });
}

DiskResult<> PosixFileLayer::make_folder(int folder, const std::string& name, mode_t mode) {
  return done_at(folder, name, [&](int in, const char* last) { return ::mkdirat(in, last, mode); });
}

DiskResult<FileStatus> PosixFileLayer::status(int file) {
  struct stat found {};
  if (repeat([&] { return ::fstat(file, &found); }) < 0) return failed();
  return to_status(found);
}

DiskResult<FileStatus> PosixFileLayer::status_at(int folder, const std::string& name) {
  struct stat found {};
  const auto looked =
      done_at(folder, name, [&](int in, const char* last) { return ::fstatat(in, last, &found, AT_SYMLINK_NOFOLLOW); });
  if (!looked) return std::unexpected(looked.error());
  return to_status(found);
}

DiskResult<> PosixFileLayer::set_mtime(int file, TimeNs mtime) {
  TimeNs seconds = mtime / kSecondNs;
  TimeNs rest = mtime % kSecondNs;
  if (rest < 0) {
    rest += kSecondNs;
    --seconds;
  }
  const timespec times[2] = {{0, UTIME_OMIT}, {static_cast<time_t>(seconds), static_cast<long>(rest)}};
  return done([&] { return ::futimens(file, times); });
}

DiskResult<> PosixFileLayer::set_mode(int file, mode_t mode) {
  return done([&] { return ::fchmod(file, mode); });
}

DiskResult<> PosixFileLayer::set_group(int file, gid_t group) {
  return done([&] { return ::fchown(file, static_cast<uid_t>(-1), group); });
}

DiskResult<> PosixFileLayer::visit_names(int folder, const std::function<bool(const std::string&)>& visit) {
  const int copy = repeat([&] { return ::openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC); });
  if (copy < 0) return failed();
  const std::unique_ptr<DIR, int (*)(DIR*)> stream(::fdopendir(copy), ::closedir);
  if (!stream) {
    const auto error = failed();
    ::close(copy);
    return error;
  }
  for (;;) {
    errno = 0;
    const dirent* entry = ::readdir(stream.get());
    if (entry == nullptr && errno != 0) return failed();
    if (entry == nullptr) return {};
    const std::string name = entry->d_name;
    if (name != "." && name != ".." && !visit(name)) return {};
  }
}

DiskResult<FileSystemStatus> PosixFileLayer::file_system(int file) {
  struct statfs found {};
  if (repeat([&] { return ::fstatfs(file, &found); }) < 0) return failed();
  FileSystemStatus status;
  status.free_bytes = std::uint64_t{found.f_bavail} * static_cast<std::uint64_t>(found.f_bsize);
  status.reliable_syncfs = has_honest_syncfs(found.f_type) && kernel_reports_syncfs_errors();
  return status;
}

DiskResult<> PosixFileLayer::lock(int file) {
  return done([&] { return ::flock(file, LOCK_EX | LOCK_NB); });
}

}  // namespace ndisk::storage
