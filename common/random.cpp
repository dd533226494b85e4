#include "common/random.hpp"

#include <openssl/rand.h>

#include <cstdio>
#include <cstdlib>

namespace ndisk {

void fill_random(std::span<std::uint8_t> out) {
  if (RAND_bytes(out.data(), static_cast<int>(out.size())) == 1) return;
  std::fputs("the random generator of OpenSSL failed\n", stderr);
  std::abort();
}

}  // namespace ndisk
