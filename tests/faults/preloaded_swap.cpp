// A shared object that is loaded into a real client (LD_PRELOAD) and stands for somebody who changes a folder while it
// is being put: at the first opening of a file or a folder that has the name NDISK_SWAP_AT, just before it, what the
// paths NDISK_SWAP_THIS and NDISK_SWAP_THAT name change places; without the latter, the first gets the mtime 1. Of
// several names in NDISK_SWAP_AT (a:b), each one is waited for after the one before it; "<a" is the reading of a file
// that is open. A test sees by the paths whether it came to that.
#include <dlfcn.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstdarg>
#include <cstdlib>
#include <mutex>
#include <string>
#include <string_view>

#include "common/path_parts.hpp"
#include "tests/faults/real_calls.hpp"
#include "tests/faults/replaced_opens.hpp"

namespace ndisk::faults {
namespace {

void swap() {
  const int before = errno;
  const char* one = std::getenv("NDISK_SWAP_THIS");
  const char* other = std::getenv("NDISK_SWAP_THAT");
  const timespec times[] = {{.tv_sec = 1, .tv_nsec = 0}, {.tv_sec = 1, .tv_nsec = 0}};
  const auto failed = other == nullptr ? ::utimensat(AT_FDCWD, one, times, 0)
                                       : real_call(SYS_renameat2, AT_FDCWD, one, AT_FDCWD, other, RENAME_EXCHANGE);
  if (failed != 0) std::abort();
  errno = before;
}

// What is waited for, the next first. Never freed: files are opened until the process ends.
std::string& waited_for() {
  static const char* at = std::getenv("NDISK_SWAP_AT");
  static auto& all = *new std::string(at == nullptr ? "" : at);
  return all;
}

void look_at(std::string_view step) {
  static auto& mutex = *new std::mutex;
  const std::lock_guard lock(mutex);
  auto& all = waited_for();
  const auto end = std::min(all.find(':'), all.size());
  if (all.empty() || step != std::string_view(all).substr(0, end)) return;
  all.erase(0, end + 1);
  if (all.empty()) swap();
}

int open_file(int folder, const char* path, int flags, unsigned mode) {
  look_at(last_name(path));
  return static_cast<int>(real_call(SYS_openat, folder, path, flags, mode));
}

ssize_t read_file(int file, void* out, std::size_t size, off_t offset) {
  char path[PATH_MAX];
  const auto link = "/proc/self/fd/" + std::to_string(file);
  const auto length = real_call(SYS_readlinkat, AT_FDCWD, link.c_str(), path, sizeof(path));
  if (length > 0) look_at("<" + std::string(last_name({path, static_cast<std::size_t>(length)})));
  return real_call(SYS_pread64, file, out, size, offset);
}

}  // namespace

RealCall real_syscall() {
  static const auto real = reinterpret_cast<RealCall>(::dlsym(RTLD_NEXT, "syscall"));
  return real;
}

extern "C" {

long ndisk_syscall(long number, ...) NDISK_REPLACES("syscall");
long ndisk_syscall(long number, ...) {
  va_list list;
  va_start(list, number);
  long values[6];
  for (auto& value : values) value = va_arg(list, long);
  va_end(list);
  if (number == SYS_openat2) look_at(last_name(reinterpret_cast<const char*>(values[1])));
  return real_syscall()(number, values[0], values[1], values[2], values[3], values[4], values[5]);
}

#define NDISK_READS(ours, theirs)                                                           \
  ssize_t ours(int file, void* out, std::size_t size, off_t offset) NDISK_REPLACES(theirs); \
  ssize_t ours(int file, void* out, std::size_t size, off_t offset) { return read_file(file, out, size, offset); }
#define NDISK_WRITES(ours, theirs)
#define NDISK_TRUNCATES(ours, theirs)
#define NDISK_SYNCS(ours, theirs, number)

#include "tests/faults/replaced_names.def"
}

}  // namespace ndisk::faults
