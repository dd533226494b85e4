#include "tests/faults/failing_allocations.hpp"

#include <atomic>
#include <cstdlib>
#include <new>

namespace ndisk::faults {
namespace {

// There is one operator new in a process.
std::atomic<bool> refusing = false;
std::atomic<int> refused_count = 0;
constexpr int kNone = -1;
thread_local int allocations_left = kNone;  // until one fails

bool fails(std::size_t size) {
  if (refusing && size >= kLargeBytes) {
    ++refused_count;
    return true;
  }
  return allocations_left >= 0 && allocations_left-- == 0;
}

}  // namespace

NoLargeAllocations::NoLargeAllocations() { refusing = true; }
NoLargeAllocations::~NoLargeAllocations() { refusing = false; }
int NoLargeAllocations::refused() { return refused_count; }

OneFailingAllocation::OneFailingAllocation(int after) { allocations_left = after; }
OneFailingAllocation::~OneFailingAllocation() { allocations_left = kNone; }
bool OneFailingAllocation::has_failed() const { return allocations_left == kNone; }

}  // namespace ndisk::faults

// Every form of them: a sanitizer, too, replaces each by itself, and must not be given the memory of another.
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  if (ndisk::faults::fails(size)) return nullptr;
  return std::malloc(size == 0 ? 1 : size);
}

void* operator new(std::size_t size) {
  void* memory = operator new(size, std::nothrow);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

// asio's.
extern "C" void* aligned_alloc(std::size_t alignment, std::size_t size) {
  if (ndisk::faults::fails(size)) return nullptr;
  void* memory = nullptr;
  return posix_memalign(&memory, alignment, size) == 0 ? memory : nullptr;
}

void* operator new[](std::size_t size) { return operator new(size); }
void* operator new[](std::size_t size, const std::nothrow_t& tag) noexcept { return operator new(size, tag); }

void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete(void* memory, const std::nothrow_t&) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, const std::nothrow_t&) noexcept { std::free(memory); }
