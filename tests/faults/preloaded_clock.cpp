// A shared object that is loaded into a real client (LD_PRELOAD), so that time passes while it works: the clock of the
// day is an hour ahead while there is a file at the path that NDISK_CLOCK_AHEAD names.
#include <dlfcn.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <ctime>

namespace {

constexpr time_t kAhead = 3600;

bool is_ahead() {
  const int before = errno;
  const char* path = std::getenv("NDISK_CLOCK_AHEAD");
  const bool ahead = path != nullptr && ::access(path, F_OK) == 0;
  errno = before;
  return ahead;
}

}  // namespace

extern "C" int clock_gettime(clockid_t clock, timespec* time) noexcept {
  static const auto real = reinterpret_cast<decltype(&clock_gettime)>(::dlsym(RTLD_NEXT, "clock_gettime"));
  const int outcome = real(clock, time);
  if (outcome == 0 && clock == CLOCK_REALTIME && is_ahead()) time->tv_sec += kAhead;
  return outcome;
}
