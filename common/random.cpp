#include "common/random.hpp"

#include <sys/random.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>

namespace ndisk {

// The kernel's, for OpenSSL's needs memory.
void fill_random(std::span<std::uint8_t> out) {
  while (!out.empty()) {
    const auto count = ::getrandom(out.data(), out.size(), 0);
    if (count > 0) {
      out = out.subspan(static_cast<std::size_t>(count));
    } else if (errno != EINTR) {
      std::perror("the system's random generator failed");
      std::abort();
    }
  }
}

}  // namespace ndisk
