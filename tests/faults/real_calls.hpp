// Calls of the kernel that pass the functions which this program replaces (system_calls.hpp). As syscall(2): -1 and
// errno where it fails. Any thread.
#pragma once

#include <cstddef>
#include <string>
#include <type_traits>

namespace ndisk::faults {

using RealCall = long (*)(long number, ...);
// The C library's own syscall().
[[nodiscard]] RealCall real_syscall();

template <class Value>
long as_register(Value value) {
  if constexpr (std::is_pointer_v<Value>)
    return reinterpret_cast<long>(value);
  else
    return static_cast<long>(value);
}
inline long as_register(std::nullptr_t) { return 0; }

template <class... Values>
long real_call(long number, Values... values) {
  return real_syscall()(number, as_register(values)...);
}

// The last component of the path that a descriptor was opened by, or as much of it as there is.
[[nodiscard]] std::string name_of(int file);

}  // namespace ndisk::faults
