// libFuzzer's way into the target that this program is built for.
#include <cstddef>
#include <cstdint>

#include "tests/fuzz/targets.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  ndisk::fuzz::NDISK_FUZZ_TARGET({data, size});
  return 0;
}
