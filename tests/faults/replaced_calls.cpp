// The C library's functions that this program has its own of. Each is defined under a name of ours and given to the
// linker under the library's, so that the library's headers, which say more about them than we can repeat, don't
// matter.
#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <sys/types.h>

#include <cerrno>
#include <cstdarg>
#include <cstdint>

#include "tests/faults/fault_plan.hpp"
#include "tests/faults/real_calls.hpp"
#include "tests/faults/replaced_opens.hpp"

namespace ndisk::faults {
namespace {

FaultPlan& plan() { return FaultPlan::of_process(); }

long fail_with(int error) {
  errno = error;
  return -1;
}

bool exists(int folder, const char* name) {
  const int before = errno;
  const bool there = real_call(SYS_faccessat, folder, name, 0) == 0;
  errno = before;
  return there;
}

const char* last_part(const char* path) {
  const char* last = path;
  for (const char* at = path; *at != 0; ++at) {
    if (*at == '/' && at[1] != 0) last = at + 1;
  }
  return last;
}

long open_file(int folder, const char* name, int flags, unsigned mode) {
  const bool creates = (flags & O_CREAT) != 0 && !exists(folder, name);
  if (plan().fails(creates ? Does::kCreate : Does::kOpen, "open", -1, last_part(name))) {
    return fail_with(plan().error());
  }
  const long file = real_call(SYS_openat, folder, name, flags, mode);
  if (file >= 0 && (flags & O_TRUNC) != 0) plan().note_truncate(static_cast<int>(file), 0);
  return file;
}

// Half of it where the plan is that a call is cut short.
bool is_cut_short(Does does, const char* call, int file, std::size_t& size, long& failed) {
  if (!plan().fails(does, call, file)) return false;
  if (plan().error() != kCutShort) {
    failed = fail_with(plan().error());
    return true;
  }
  if (size > 1) size /= 2;
  return false;
}

long sync_with(long number, const char* call, int file) {
  const bool all_files = number == SYS_syncfs;
  if (const int error = plan().begin_sync(call, file, all_files); error != 0) return fail_with(error);
  const long done = real_call(number, file);
  if (done != 0) return done;
  const int error = plan().end_sync(file, all_files);
  return error == 0 ? done : fail_with(error);
}

long named(Does does, const char* call, const char* name, long number, auto... values) {
  if (plan().fails(does, call, -1, last_part(name))) return fail_with(plan().error());
  return real_call(number, values...);
}

long on_file(Does does, const char* call, int file, long number, auto... values) {
  if (plan().fails(does, call, file)) return fail_with(plan().error());
  return real_call(number, values...);
}

long control(int file, int command, long value) {
  const bool locks = command == F_SETLK || command == F_SETLKW || command == F_OFD_SETLK || command == F_OFD_SETLKW;
  if (locks && reinterpret_cast<const struct flock*>(value)->l_type != F_UNLCK) {
    return on_file(Does::kLock, "lock", file, SYS_fcntl, file, command, value);
  }
  return real_call(SYS_fcntl, file, command, value);
}

// The library's own, `call`, is the only one that knows what a DIR is.
void* next_name(DIR* folder, const char* call) {
  if (plan().fails(Does::kLook, "readdir", ::dirfd(folder))) {
    errno = plan().error();
    return nullptr;
  }
  return reinterpret_cast<void* (*)(DIR*)>(::dlsym(RTLD_NEXT, call))(folder);
}

}  // namespace

RealCall real_syscall() {
  static const auto real = reinterpret_cast<RealCall>(::dlsym(RTLD_NEXT, "syscall"));
  return real;
}

std::string name_of(int file) {
  const int before = errno;
  const auto link = "/proc/self/fd/" + std::to_string(file);
  char target[4096];
  const long size = real_call(SYS_readlinkat, AT_FDCWD, link.c_str(), target, sizeof target);
  errno = before;
  const std::string path(target, size < 0 ? 0 : static_cast<std::size_t>(size));
  return path.substr(path.rfind('/') + 1);
}

extern "C" {

long ndisk_syscall(long number, ...) NDISK_REPLACES("syscall");
long ndisk_syscall(long number, ...) {
  va_list list;
  va_start(list, number);
  long values[6];
  for (auto& value : values) value = va_arg(list, long);
  va_end(list);
  if (number == SYS_openat2) {
    const auto* name = reinterpret_cast<const char*>(values[1]);
    const auto* how = reinterpret_cast<const open_how*>(values[2]);
    const bool creates = (how->flags & O_CREAT) != 0 && !exists(static_cast<int>(values[0]), name);
    if (plan().fails(creates ? Does::kCreate : Does::kOpen, "openat2", -1, last_part(name))) {
      return fail_with(plan().error());
    }
  }
  return real_syscall()(number, values[0], values[1], values[2], values[3], values[4], values[5]);
}

#define NDISK_READS(ours, theirs)                                                           \
  ssize_t ours(int file, void* out, std::size_t size, off_t offset) NDISK_REPLACES(theirs); \
  ssize_t ours(int file, void* out, std::size_t size, off_t offset) {                       \
    long failed = 0;                                                                        \
    if (is_cut_short(Does::kRead, "pread", file, size, failed)) return failed;              \
    return real_call(SYS_pread64, file, out, size, offset);                                 \
  }
#define NDISK_WRITES(ours, theirs)                                                                  \
  ssize_t ours(int file, const void* bytes, std::size_t size, off_t offset) NDISK_REPLACES(theirs); \
  ssize_t ours(int file, const void* bytes, std::size_t size, off_t offset) {                       \
    long failed = 0;                                                                                \
    if (is_cut_short(Does::kWrite, "pwrite", file, size, failed)) return failed;                    \
    plan().note_write(file, static_cast<std::uint64_t>(offset), size);                              \
    return real_call(SYS_pwrite64, file, bytes, size, offset);                                      \
  }
#define NDISK_TRUNCATES(ours, theirs)                                                                \
  int ours(int file, off_t size) NDISK_REPLACES(theirs);                                             \
  int ours(int file, off_t size) {                                                                   \
    plan().note_truncate(file, static_cast<std::uint64_t>(size));                                    \
    return static_cast<int>(on_file(Does::kTruncate, "ftruncate", file, SYS_ftruncate, file, size)); \
  }
// On one file, by its descriptor, with one more value.
#define NDISK_ON_FILE(ours, theirs, does, number, type)  \
  int ours(int file, type value) NDISK_REPLACES(theirs); \
  int ours(int file, type value) { return static_cast<int>(on_file(does, theirs, file, number, file, value)); }
#define NDISK_SYNCS(ours, theirs, number)    \
  int ours(int file) NDISK_REPLACES(theirs); \
  int ours(int file) { return static_cast<int>(sync_with(number, theirs, file)); }

#include "tests/faults/replaced_names.def"
NDISK_ON_FILE(ndisk_fstat, "fstat", Does::kLook, SYS_fstat, void*)
NDISK_ON_FILE(ndisk_fstat64, "fstat64", Does::kLook, SYS_fstat, void*)
NDISK_ON_FILE(ndisk_fstatfs, "fstatfs", Does::kLook, SYS_fstatfs, void*)
NDISK_ON_FILE(ndisk_fstatfs64, "fstatfs64", Does::kLook, SYS_fstatfs, void*)
NDISK_ON_FILE(ndisk_fchmod, "fchmod", Does::kSet, SYS_fchmod, mode_t)
NDISK_ON_FILE(ndisk_flock, "flock", Does::kLock, SYS_flock, int)

int ndisk_fchown(int file, uid_t owner, gid_t group) NDISK_REPLACES("fchown");
int ndisk_fchown(int file, uid_t owner, gid_t group) {
  return static_cast<int>(on_file(Does::kSet, "fchown", file, SYS_fchown, file, owner, group));
}
// Of these only what takes a lock.
#define NDISK_CONTROLS(ours, theirs)                           \
  int ours(int file, int command, ...) NDISK_REPLACES(theirs); \
  int ours(int file, int command, ...) {                       \
    va_list list;                                              \
    va_start(list, command);                                   \
    const auto value = va_arg(list, long);                     \
    va_end(list);                                              \
    return static_cast<int>(control(file, command, value));    \
  }
NDISK_CONTROLS(ndisk_fcntl, "fcntl")
NDISK_CONTROLS(ndisk_fcntl64, "fcntl64")

int ndisk_futimens(int file, const void* times) NDISK_REPLACES("futimens");
int ndisk_futimens(int file, const void* times) {
  return static_cast<int>(on_file(Does::kSet, "futimens", file, SYS_utimensat, file, nullptr, times, 0));
}

int ndisk_fstatat(int folder, const char* name, void* out, int flags) NDISK_REPLACES("fstatat");
int ndisk_fstatat(int folder, const char* name, void* out, int flags) {
  return static_cast<int>(named(Does::kLook, "fstatat", name, SYS_newfstatat, folder, name, out, flags));
}
int ndisk_fstatat64(int folder, const char* name, void* out, int flags) NDISK_REPLACES("fstatat64");
int ndisk_fstatat64(int folder, const char* name, void* out, int flags) {
  return static_cast<int>(named(Does::kLook, "fstatat", name, SYS_newfstatat, folder, name, out, flags));
}
// SQLite's, which goes by whole paths.
#define NDISK_LOOKS(ours, theirs, flags)                                                                   \
  int ours(const char* name, void* out) NDISK_REPLACES(theirs);                                            \
  int ours(const char* name, void* out) {                                                                  \
    return static_cast<int>(named(Does::kLook, theirs, name, SYS_newfstatat, AT_FDCWD, name, out, flags)); \
  }
NDISK_LOOKS(ndisk_stat, "stat", 0)
NDISK_LOOKS(ndisk_stat64, "stat64", 0)
NDISK_LOOKS(ndisk_lstat, "lstat", AT_SYMLINK_NOFOLLOW)
NDISK_LOOKS(ndisk_lstat64, "lstat64", AT_SYMLINK_NOFOLLOW)
int ndisk_access(const char* name, int mode) NDISK_REPLACES("access");
int ndisk_access(const char* name, int mode) {
  return static_cast<int>(named(Does::kLook, "access", name, SYS_faccessat, AT_FDCWD, name, mode));
}
void* ndisk_readdir(DIR* folder) NDISK_REPLACES("readdir");
void* ndisk_readdir(DIR* folder) { return next_name(folder, "readdir"); }
void* ndisk_readdir64(DIR* folder) NDISK_REPLACES("readdir64");
void* ndisk_readdir64(DIR* folder) { return next_name(folder, "readdir64"); }

int ndisk_unlink(const char* name) NDISK_REPLACES("unlink");
int ndisk_unlink(const char* name) {
  return static_cast<int>(named(Does::kRemove, "unlink", name, SYS_unlinkat, AT_FDCWD, name, 0));
}
int ndisk_unlinkat(int folder, const char* name, int flags) NDISK_REPLACES("unlinkat");
int ndisk_unlinkat(int folder, const char* name, int flags) {
  return static_cast<int>(named(Does::kRemove, "unlink", name, SYS_unlinkat, folder, name, flags));
}
int ndisk_mkdirat(int folder, const char* name, mode_t mode) NDISK_REPLACES("mkdirat");
int ndisk_mkdirat(int folder, const char* name, mode_t mode) {
  if (exists(folder, name)) return static_cast<int>(fail_with(EEXIST));
  return static_cast<int>(named(Does::kName, "mkdir", name, SYS_mkdirat, folder, name, mode));
}
int ndisk_renameat(int from, const char* old_name, int to, const char* name) NDISK_REPLACES("renameat");
int ndisk_renameat(int from, const char* old_name, int to, const char* name) {
  return static_cast<int>(named(Does::kName, "rename to", name, SYS_renameat2, from, old_name, to, name, 0));
}
int ndisk_linkat(int from, const char* old_name, int to, const char* name, int flags) NDISK_REPLACES("linkat");
int ndisk_linkat(int from, const char* old_name, int to, const char* name, int flags) {
  return static_cast<int>(named(Does::kName, "link", name, SYS_linkat, from, old_name, to, name, flags));
}
}

}  // namespace ndisk::faults
