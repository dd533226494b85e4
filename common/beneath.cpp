#include "common/beneath.hpp"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <string_view>

namespace ndisk {
namespace {

constexpr int kOnTheWay = O_PATH | O_DIRECTORY | O_CLOEXEC;

bool leads_out(std::string_view path) {
  if (path.starts_with('/')) return true;
  for (;;) {
    const auto slash = path.find('/');
    if (path.substr(0, slash) == "..") return true;
    if (slash == path.npos) return false;
    path.remove_prefix(slash + 1);
  }
}

template <class Call>
int repeat(Call call) {
  int result = 0;
  do {
    result = static_cast<int>(call());
  } while (result < 0 && errno == EINTR);
  return result;
}

// The kernel looks out for links by itself. Never EAGAIN for the sake of "..": what says it is a file that somebody
// holds a lease of, and may say so for long.
int open_at_once(int folder, const std::string& path, int flags, mode_t mode) {
  open_how how{};
  how.flags = static_cast<std::uint64_t>(flags & ~O_NOFOLLOW);  // with O_PATH, it would be the link that is opened
  how.mode = (flags & O_CREAT) != 0 ? mode : 0;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS;
  return repeat([&] { return ::syscall(SYS_openat2, folder, path.c_str(), &how, sizeof how); });
}

// The kernel has no openat2, or a filter of system calls that does not know it keeps it from us.
bool can_not_resolve(int error) { return error == ENOSYS || error == EPERM; }

// A link in the way of a folder is "no folder" to openat(); openat2() tells it from a file.
int link_or(int error, int folder, const char* name) {
  struct stat there {};
  const bool is_link =
      error == ENOTDIR && ::fstatat(folder, name, &there, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(there.st_mode);
  return is_link ? ELOOP : error;
}

int open_part_by_part(int folder, std::string path, int flags, mode_t mode) {
  int from = folder;
  for (std::size_t begin = 0;;) {
    const auto slash = path.find('/', begin);
    const bool is_last = slash == path.npos;
    if (!is_last) path[slash] = '\0';
    const char* part = path.c_str() + begin;
    const int how = (is_last ? flags : kOnTheWay) | O_NOFOLLOW;
    const int opened = repeat([&] { return ::openat(from, part, how, mode); });
    const int error = opened < 0 ? link_or(errno, from, part) : 0;
    if (from != folder) ::close(from);
    if (opened < 0) errno = error;
    if (opened < 0 || is_last) return opened;
    from = opened;
    begin = slash + 1;
  }
}

}  // namespace

int open_beneath(int folder, const std::string& path, int flags, mode_t mode) {
  if (leads_out(path)) {
    errno = EXDEV;
    return -1;
  }
  const int opened = open_at_once(folder, path, flags, mode);
  if (opened >= 0 || !can_not_resolve(errno)) return opened;
  return open_part_by_part(folder, path, flags, mode);
}

}  // namespace ndisk
