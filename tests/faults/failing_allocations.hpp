// Allocations of this test program that fail where the test wants them.
#pragma once

#include <cstddef>
#include <new>

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
  // Now.
  [[nodiscard]] bool has_failed() const;
  OneFailingAllocation(const OneFailingAllocation&) = delete;
  OneFailingAllocation& operator=(const OneFailingAllocation&) = delete;
};

// Calls `attempt` again and again, with one allocation after the other failing in it, until it needs no more than went
// well; `after_each` after each call. How many failed.
template <class Attempt, class AfterEach>
int fail_each_allocation(Attempt attempt, AfterEach after_each) {
  for (int after = 0;; ++after) {
    bool has_failed = false;
    {
      const OneFailingAllocation scarce(after);
      try {
        attempt();
      } catch (const std::bad_alloc&) {
      }
      has_failed = scarce.has_failed();
    }
    after_each();
    if (!has_failed) return after;
  }
}

}  // namespace ndisk::faults
