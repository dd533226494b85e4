#include "tests/faults/call_site.hpp"

#include <unwind.h>

namespace ndisk::faults {
namespace {

constinit thread_local const void* outermost = nullptr;

struct Walk {
  CallSite site = 14695981039346656037U;  // FNV-1a

  void add(std::uint64_t value) {
    site = (site ^ value) * 1099511628211U;
    site ^= site >> 32;
  }
};

_Unwind_Reason_Code add_frame(_Unwind_Context* frame, void* at) {
  auto& walk = *static_cast<Walk*>(at);
  const bool is_outside = outermost != nullptr && _Unwind_GetCFA(frame) > reinterpret_cast<std::uintptr_t>(outermost);
  if (is_outside) return _URC_END_OF_STACK;
  walk.add(_Unwind_GetIP(frame));
  return _URC_NO_REASON;
}

}  // namespace

CallSite call_site(const char* call) {
  Walk walk;
  for (; *call != 0; ++call) walk.add(static_cast<unsigned char>(*call));
  _Unwind_Backtrace(add_frame, &walk);
  return walk.site;
}

StacksEndHere::StacksEndHere(const void* frame) { outermost = frame; }
StacksEndHere::~StacksEndHere() { outermost = nullptr; }

}  // namespace ndisk::faults
