// Allocations of this test program that fail where the test wants them.
#pragma once

#include <cstddef>

namespace ndisk::faults {

inline constexpr std::size_t kLargeBytes = 64 * 1024;

// While it lives, every allocation of kLargeBytes or more fails, on any thread.
class NoLargeAllocations {
 public:
  NoLargeAllocations();
  ~NoLargeAllocations();
  NoLargeAllocations(const NoLargeAllocations&) = delete;
  NoLargeAllocations& operator=(const NoLargeAllocations&) = delete;
  // Of all that ever lived.
  [[nodiscard]] static int refused();
};

// While it lives, one allocation of this thread fails: the one after `after` others. One at a time in a thread.
class OneFailingAllocation {
 public:
  explicit OneFailingAllocation(int after);
  ~OneFailingAllocation();
  OneFailingAllocation(const OneFailingAllocation&) = delete;
  OneFailingAllocation& operator=(const OneFailingAllocation&) = delete;
};

}  // namespace ndisk::faults
