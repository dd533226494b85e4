// Where in the program a call is made, and what led there: the return addresses of its stack, up to where the steps of
// a scenario are run, as one number. It means something in one run of the program alone. Any thread.
#pragma once

#include <cstdint>

namespace ndisk::faults {

using CallSite = std::uint64_t;  // 0: none

// Of who calls this. Makes none of the calls that this program replaces.
[[nodiscard]] CallSite call_site(const char* call);

// This thread's stacks end below the function that has one of these, whoever called that.
class StacksEndHere {
 public:
  // Its frame's address, not that of a variable, which a sanitizer may keep elsewhere.
  [[gnu::always_inline]] StacksEndHere() : StacksEndHere(__builtin_frame_address(0)) {}
  ~StacksEndHere();
  StacksEndHere(const StacksEndHere&) = delete;
  StacksEndHere& operator=(const StacksEndHere&) = delete;

 private:
  explicit StacksEndHere(const void* frame);
};

}  // namespace ndisk::faults
