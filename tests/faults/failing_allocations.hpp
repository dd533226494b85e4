// Large allocations of this test program that fail where the test wants them. Any thread.
#pragma once

#include <cstddef>

namespace ndisk::faults {

inline constexpr std::size_t kLargeBytes = 64 * 1024;

// While it lives, every allocation of kLargeBytes or more fails.
class NoLargeAllocations {
 public:
  NoLargeAllocations();
  ~NoLargeAllocations();
  NoLargeAllocations(const NoLargeAllocations&) = delete;
  NoLargeAllocations& operator=(const NoLargeAllocations&) = delete;
  // Of all that ever lived.
  [[nodiscard]] static int refused();
};

}  // namespace ndisk::faults
