#include "tests/faults/large_allocations.hpp"

#include <atomic>
#include <cstdlib>
#include <new>

namespace ndisk::faults {
namespace {

// There is one operator new in a process.
std::atomic<bool> refusing = false;
std::atomic<int> refused_count = 0;

}  // namespace

NoLargeAllocations::NoLargeAllocations() { refusing = true; }
NoLargeAllocations::~NoLargeAllocations() { refusing = false; }
int NoLargeAllocations::refused() { return refused_count; }

}  // namespace ndisk::faults

void* operator new(std::size_t size) {
  if (ndisk::faults::refusing && size >= ndisk::faults::kLargeBytes) {
    ++ndisk::faults::refused_count;
    throw std::bad_alloc();
  }
  void* memory = std::malloc(size == 0 ? 1 : size);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
