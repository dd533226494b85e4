#include "client/transfer/source_path.hpp"

#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

#include "common/shown_name.hpp"

namespace ndisk::client {
namespace {

constexpr int kToRead = O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
constexpr int kOnTheWay = O_PATH | O_DIRECTORY | O_CLOEXEC;

// A link in the way of a folder is "no folder" to openat(); openat2() tells it from a file.
int link_or(int error, int folder, const std::string& name) {
  struct stat there {};
  const bool is_link =
      error == ENOTDIR && ::fstatat(folder, name.c_str(), &there, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(there.st_mode);
  return is_link ? ELOOP : error;
}

// Where the kernel has no openat2, or a filter of system calls keeps it from us.
int open_part_by_part(int folder, const std::string& below, int flags) {
  FileDescriptor reached;
  for (std::size_t begin = 0;;) {
    const auto slash = below.find('/', begin);
    const bool is_last = slash == below.npos;
    const auto part = below.substr(begin, is_last ? slash : slash - begin);
    const int from = reached ? reached.get() : folder;
    const int opened = ::openat(from, part.c_str(), (is_last ? flags : kOnTheWay) | O_NOFOLLOW);
    if (opened < 0) errno = link_or(errno, from, part);
    if (opened < 0 || is_last) return opened;
    reached = FileDescriptor(opened);
    begin = slash + 1;
  }
}

// Follows no link at the end or on the way.
int open_below(int folder, const std::string& below, int flags) {
  open_how how{};
  how.flags = static_cast<std::uint64_t>(flags);
  how.resolve = RESOLVE_NO_SYMLINKS;
  const auto opened = ::syscall(SYS_openat2, folder, below.c_str(), &how, sizeof how);
  if (opened >= 0 || (errno != ENOSYS && errno != EPERM)) return static_cast<int>(opened);
  return open_part_by_part(folder, below, flags);
}

// Where what is not followed begins; npos: all is.
std::size_t begin_of_below(const std::string& path, std::size_t followed) {
  return followed < path.size() ? path.find_first_not_of('/', followed) : path.npos;
}

int open_above(const std::string& path, std::size_t below) {
  return ::open(below == 0 ? "." : path.substr(0, below).c_str(), kOnTheWay);
}

std::unexpected<Error> fail_path(int error, std::string_view verb, const std::string& path, std::size_t followed) {
  if (error != ELOOP || followed >= path.size()) return fail_errno(error, verb, shown_name(path));
  return fail(ErrorCode::kConflict,
              shown_name(path) + ": became a symbolic link, or is behind one, since it was found; put it again");
}

}  // namespace

Result<FileDescriptor> open_source(const std::string& path, std::size_t followed) {
  const auto below = begin_of_below(path, followed);
  FileDescriptor file;
  if (below == path.npos) {
    file = FileDescriptor(::open(path.c_str(), kToRead));
  } else if (const FileDescriptor above(open_above(path, below)); above) {
    file = FileDescriptor(open_below(above.get(), path.substr(below), kToRead));
  }
  if (!file) return fail_path(errno, "reading", path, followed);
  return file;
}

Result<SourcePlace> SourcePlace::find(const std::string& path, std::size_t followed, std::string_view verb) {
  const auto below = begin_of_below(path, followed);
  if (below == path.npos) return SourcePlace({}, path);
  const auto slash = path.find_last_of('/');
  FileDescriptor folder(open_above(path, below));
  if (folder && slash != path.npos && slash > below) {
    folder = FileDescriptor(open_below(folder.get(), path.substr(below, slash - below), kOnTheWay));
  }
  if (!folder) return fail_path(errno, verb, path, followed);
  return SourcePlace(std::move(folder), slash == path.npos ? path : path.substr(slash + 1));
}

}  // namespace ndisk::client
