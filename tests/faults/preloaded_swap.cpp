// A shared object that is loaded into a real client (LD_PRELOAD) and stands for somebody who changes a folder while it
// is being put: at the first opening of a file or a folder that has the name NDISK_SWAP_AT, just before it, what the
// paths NDISK_SWAP_THIS and NDISK_SWAP_THAT name change places. A test sees by them whether it came to that.
#include <dlfcn.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <sys/syscall.h>

#include <atomic>
#include <cerrno>
#include <cstdarg>
#include <cstdlib>
#include <string_view>

#include "common/path_parts.hpp"
#include "tests/faults/real_calls.hpp"
#include "tests/faults/replaced_opens.hpp"

namespace ndisk::faults {
namespace {

std::atomic_flag swapped = ATOMIC_FLAG_INIT;

void look_at(const char* path) {
  const char* at = std::getenv("NDISK_SWAP_AT");
  if (at == nullptr || last_name(path) != at || swapped.test_and_set()) return;
  const int before = errno;
  const char* one = std::getenv("NDISK_SWAP_THIS");
  const char* other = std::getenv("NDISK_SWAP_THAT");
  if (real_call(SYS_renameat2, AT_FDCWD, one, AT_FDCWD, other, RENAME_EXCHANGE) != 0) std::abort();
  errno = before;
}

int open_file(int folder, const char* path, int flags, unsigned mode) {
  look_at(path);
  return static_cast<int>(real_call(SYS_openat, folder, path, flags, mode));
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
  if (number == SYS_openat2) look_at(reinterpret_cast<const char*>(values[1]));
  return real_syscall()(number, values[0], values[1], values[2], values[3], values[4], values[5]);
}

#define NDISK_READS(ours, theirs)
#define NDISK_WRITES(ours, theirs)
#define NDISK_TRUNCATES(ours, theirs)
#define NDISK_SYNCS(ours, theirs, number)

#include "tests/faults/replaced_names.def"
}

}  // namespace ndisk::faults
