// What a test orders of the shared object that is loaded into a server (preloaded_faults.cpp): one page, which
// tests/integration/faults.py writes by these offsets. `armed` and `memory_armed` are written last.
#pragma once

#include <cstdint>

namespace ndisk::faults {

// Kinds of calls.
inline constexpr std::uint32_t kRead = 1, kWrite = 2, kSync = 4, kOpen = 8, kName = 16, kLook = 32, kAccept = 64;

// Of those that are meant, so many go well, then so many fail; and what came of it.
struct Turn {
  std::uint32_t after;
  std::uint32_t times;
  std::uint32_t seen;
  std::uint32_t failed;
};

struct Orders {
  std::uint32_t armed;
  std::uint32_t kinds;
  std::uint32_t error;  // errno
  std::uint32_t loses;  // a sync that fails loses what is in the file
  Turn calls;
  std::uint32_t memory_armed;
  std::uint32_t least;  // bytes of an allocation
  std::uint32_t most;
  std::uint32_t slow_ms;  // where it is not 0, calls that would fail take so long and go well
  Turn memory;
  char part[1024];  // of the path: the calls on all files whose path has it; ends with a zero
};
static_assert(sizeof(Orders) == 64 + 1024);

}  // namespace ndisk::faults
