// The functions of the C library that open files, replaced: by the macros of replaced_names.def each becomes a call of
// open_file(folder, name, flags, mode), which whoever includes this has. As openat(2): -1 and errno where it fails.
#pragma once

#include <fcntl.h>

#include <cstdarg>

#define NDISK_REPLACES(name) __asm__(name) __attribute__((used, visibility("default")))

#define NDISK_OPENS(ours, theirs)                                    \
  int ours(const char* name, int flags, ...) NDISK_REPLACES(theirs); \
  int ours(const char* name, int flags, ...) {                       \
    va_list list;                                                    \
    va_start(list, flags);                                           \
    const auto mode = va_arg(list, unsigned);                        \
    va_end(list);                                                    \
    return static_cast<int>(open_file(AT_FDCWD, name, flags, mode)); \
  }
#define NDISK_OPENS_AT(ours, theirs)                                             \
  int ours(int folder, const char* name, int flags, ...) NDISK_REPLACES(theirs); \
  int ours(int folder, const char* name, int flags, ...) {                       \
    va_list list;                                                                \
    va_start(list, flags);                                                       \
    const auto mode = va_arg(list, unsigned);                                    \
    va_end(list);                                                                \
    return static_cast<int>(open_file(folder, name, flags, mode));               \
  }
