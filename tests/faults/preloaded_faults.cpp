// A shared object that is loaded into a real server before all others (LD_PRELOAD), and takes the C library's place:
// calls on chosen files fail while a test wants it, and allocations of chosen sizes. The test says what by writing into
// a file that both have mapped (preloaded_faults.hpp); without one, nothing fails. Any thread; takes no memory.
#include "tests/faults/preloaded_faults.hpp"

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>

#include "tests/faults/real_calls.hpp"
#include "tests/faults/replaced_opens.hpp"

extern "C" {
void* __libc_malloc(std::size_t size);
void* __libc_calloc(std::size_t count, std::size_t size);
void* __libc_memalign(std::size_t alignment, std::size_t size);
void* __libc_realloc(void* memory, std::size_t size);
}

namespace ndisk::faults {
namespace {

Orders* orders = nullptr;

__attribute__((constructor)) void take_orders() {
  const char* name = std::getenv("NDISK_FAULTS");
  if (name == nullptr) return;
  const long file = real_call(SYS_openat, AT_FDCWD, name, O_RDWR | O_CLOEXEC, 0);
  void* mapped = ::mmap(nullptr, sizeof(Orders), PROT_READ | PROT_WRITE, MAP_SHARED, static_cast<int>(file), 0);
  real_call(SYS_close, file);
  if (file < 0 || mapped == MAP_FAILED) std::abort();
  orders = static_cast<Orders*>(mapped);
}

bool is_due(Turn& turn) {
  const auto seen = __atomic_fetch_add(&turn.seen, 1, __ATOMIC_RELAXED);
  if (seen < turn.after || seen - turn.after >= turn.times) return false;
  __atomic_fetch_add(&turn.failed, 1, __ATOMIC_RELAXED);
  return true;
}

// Where a descriptor leads, and a name below it.
class Place {
 public:
  explicit Place(int file) { add_target_of(file); }
  Place(int folder, const char* name) {
    if (name[0] != '/' && folder != AT_FDCWD) {
      add_target_of(folder);
      add("/");
    }
    add(name);
  }
  [[nodiscard]] const char* text() const { return text_; }

 private:
  void add(const char* part) {
    while (*part != 0 && size_ + 1 < sizeof text_) text_[size_++] = *part++;
  }
  void add_target_of(int file) {
    char link[32];
    std::snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    const long size = real_call(SYS_readlinkat, AT_FDCWD, link, text_, sizeof text_ - 1);
    size_ = size < 0 ? 0 : static_cast<std::size_t>(size);
    text_[size_] = 0;
  }

  char text_[2048]{};
  std::size_t size_ = 0;
};

bool is_meant(std::uint32_t kind) {
  return orders != nullptr && __atomic_load_n(&orders->armed, __ATOMIC_ACQUIRE) != 0 && (orders->kinds & kind) != 0;
}

template <class... Where>
bool fails(std::uint32_t kind, Where... where) {
  if (!is_meant(kind)) return false;
  const int before = errno;
  const Place place(where...);
  const bool is_hit = std::strstr(place.text(), orders->part) != nullptr && is_due(orders->calls);
  const timespec pause{.tv_sec = orders->slow_ms / 1000, .tv_nsec = orders->slow_ms % 1000 * 1'000'000L};
  if (is_hit && orders->slow_ms != 0) ::nanosleep(&pause, nullptr);
  const bool failed = is_hit && orders->slow_ms == 0;
  errno = failed ? static_cast<int>(orders->error) : before;
  return failed;
}

// What a disk that fails to write does: nothing of it is there any more.
void lose_content(int file) {
  struct stat found {};
  if (orders->loses == 0 || real_call(SYS_fstat, file, &found) != 0 || !S_ISREG(found.st_mode)) return;
  const int before = errno;
  real_call(SYS_fallocate, file, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, found.st_size);
  errno = before;
}

long sync_with(long number, int file) {
  if (!fails(kSync, file)) return real_call(number, file);
  const int error = errno;
  lose_content(file);
  errno = error;
  return -1;
}

long on_file(std::uint32_t kind, int file, long number, auto... values) {
  return fails(kind, file) ? -1 : real_call(number, values...);
}

long named(std::uint32_t kind, int folder, const char* name, long number, auto... values) {
  return fails(kind, folder, name) ? -1 : real_call(number, values...);
}

long open_file(int folder, const char* name, int flags, unsigned mode) {
  return named(kOpen, folder, name, SYS_openat, folder, name, flags, mode);
}

bool has_no_memory(std::size_t size) {
  if (orders == nullptr || __atomic_load_n(&orders->memory_armed, __ATOMIC_ACQUIRE) == 0) return false;
  if (size < orders->least || size > orders->most || !is_due(orders->memory)) return false;
  errno = ENOMEM;
  return true;
}

}  // namespace

RealCall real_syscall() {
  static const auto real = reinterpret_cast<RealCall>(::dlsym(RTLD_NEXT, "syscall"));
  return real;
}

extern "C" {

void* ndisk_malloc(std::size_t size) NDISK_REPLACES("malloc");
void* ndisk_malloc(std::size_t size) { return has_no_memory(size) ? nullptr : __libc_malloc(size); }
void* ndisk_calloc(std::size_t count, std::size_t size) NDISK_REPLACES("calloc");
void* ndisk_calloc(std::size_t count, std::size_t size) {
  return has_no_memory(count * size) ? nullptr : __libc_calloc(count, size);
}
// asio's.
void* ndisk_aligned_alloc(std::size_t alignment, std::size_t size) NDISK_REPLACES("aligned_alloc");
void* ndisk_aligned_alloc(std::size_t alignment, std::size_t size) {
  return has_no_memory(size) ? nullptr : __libc_memalign(alignment, size);
}
void* ndisk_realloc(void* memory, std::size_t size) NDISK_REPLACES("realloc");
void* ndisk_realloc(void* memory, std::size_t size) {
  return has_no_memory(size) ? nullptr : __libc_realloc(memory, size);
}

long ndisk_syscall(long number, ...) NDISK_REPLACES("syscall");
long ndisk_syscall(long number, ...) {
  va_list list;
  va_start(list, number);
  long values[6];
  for (auto& value : values) value = va_arg(list, long);
  va_end(list);
  if (number == SYS_openat2 && fails(kOpen, static_cast<int>(values[0]), reinterpret_cast<const char*>(values[1]))) {
    return -1;
  }
  return real_syscall()(number, values[0], values[1], values[2], values[3], values[4], values[5]);
}

#define NDISK_READS(ours, theirs)                                                           \
  ssize_t ours(int file, void* out, std::size_t size, off_t offset) NDISK_REPLACES(theirs); \
  ssize_t ours(int file, void* out, std::size_t size, off_t offset) {                       \
    return on_file(kRead, file, SYS_pread64, file, out, size, offset);                      \
  }
#define NDISK_WRITES(ours, theirs)                                                                  \
  ssize_t ours(int file, const void* bytes, std::size_t size, off_t offset) NDISK_REPLACES(theirs); \
  ssize_t ours(int file, const void* bytes, std::size_t size, off_t offset) {                       \
    return on_file(kWrite, file, SYS_pwrite64, file, bytes, size, offset);                          \
  }
#define NDISK_TRUNCATES(ours, theirs)                    \
  int ours(int file, off_t size) NDISK_REPLACES(theirs); \
  int ours(int file, off_t size) { return static_cast<int>(on_file(kWrite, file, SYS_ftruncate, file, size)); }
#define NDISK_SYNCS(ours, theirs, number)    \
  int ours(int file) NDISK_REPLACES(theirs); \
  int ours(int file) { return static_cast<int>(sync_with(number, file)); }

#include "tests/faults/replaced_names.def"

int ndisk_fallocate(int file, int mode, off_t offset, off_t size) NDISK_REPLACES("fallocate");
int ndisk_fallocate(int file, int mode, off_t offset, off_t size) {
  return static_cast<int>(on_file(kWrite, file, SYS_fallocate, file, mode, offset, size));
}
int ndisk_fstatat(int folder, const char* name, void* out, int flags) NDISK_REPLACES("fstatat");
int ndisk_fstatat(int folder, const char* name, void* out, int flags) {
  return static_cast<int>(named(kLook, folder, name, SYS_newfstatat, folder, name, out, flags));
}
int ndisk_fstatat64(int folder, const char* name, void* out, int flags) NDISK_REPLACES("fstatat64");
int ndisk_fstatat64(int folder, const char* name, void* out, int flags) {
  return static_cast<int>(named(kLook, folder, name, SYS_newfstatat, folder, name, out, flags));
}
int ndisk_unlink(const char* name) NDISK_REPLACES("unlink");
int ndisk_unlink(const char* name) {
  return static_cast<int>(named(kName, AT_FDCWD, name, SYS_unlinkat, AT_FDCWD, name, 0));
}
int ndisk_unlinkat(int folder, const char* name, int flags) NDISK_REPLACES("unlinkat");
int ndisk_unlinkat(int folder, const char* name, int flags) {
  return static_cast<int>(named(kName, folder, name, SYS_unlinkat, folder, name, flags));
}
int ndisk_mkdirat(int folder, const char* name, mode_t mode) NDISK_REPLACES("mkdirat");
int ndisk_mkdirat(int folder, const char* name, mode_t mode) {
  return static_cast<int>(named(kName, folder, name, SYS_mkdirat, folder, name, mode));
}
int ndisk_renameat(int from, const char* old_name, int to, const char* name) NDISK_REPLACES("renameat");
int ndisk_renameat(int from, const char* old_name, int to, const char* name) {
  return static_cast<int>(named(kName, to, name, SYS_renameat2, from, old_name, to, name, 0));
}
int ndisk_linkat(int from, const char* old_name, int to, const char* name, int flags) NDISK_REPLACES("linkat");
int ndisk_linkat(int from, const char* old_name, int to, const char* name, int flags) {
  return static_cast<int>(named(kName, to, name, SYS_linkat, from, old_name, to, name, flags));
}
int ndisk_accept4(int listener, void* address, void* size, int flags) NDISK_REPLACES("accept4");
int ndisk_accept4(int listener, void* address, void* size, int flags) {
  return static_cast<int>(on_file(kAccept, listener, SYS_accept4, listener, address, size, flags));
}
}

}  // namespace ndisk::faults
