// libFuzzer's way into the target that this program is built for.
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>

#include "tests/fuzz/targets.hpp"

namespace {

int report_descriptor = STDERR_FILENO;

}  // namespace

// libFuzzer closes the standard streams (scripts/fuzz), so that nobody reads what commands print about such bytes;
// which property is broken has to be said all the same.
extern "C" int LLVMFuzzerInitialize(int* /*count*/, char*** /*words*/) {
  report_descriptor = ::dup(STDERR_FILENO);
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    ndisk::fuzz::NDISK_FUZZ_TARGET({data, size});
  } catch (const std::exception& fault) {
    ::dprintf(report_descriptor, "%s\n", fault.what());
    std::abort();
  }
  return 0;
}
