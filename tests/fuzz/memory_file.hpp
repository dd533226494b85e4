// A file in memory that has a path while this lives. One thread.
#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <string>

#include "common/bytes.hpp"
#include "tests/fuzz/targets.hpp"

namespace ndisk::fuzz {

class MemoryFile {
 public:
  explicit MemoryFile(ByteView content) : descriptor_(::memfd_create("ndisk-fuzz", MFD_CLOEXEC)) {
    require(descriptor_ >= 0, "there is room for a file in memory");
    const auto written = ::write(descriptor_, content.data(), content.size());
    require(written == static_cast<ssize_t>(content.size()), "a file in memory takes what is written");
  }
  ~MemoryFile() { ::close(descriptor_); }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;

  [[nodiscard]] int descriptor() const { return descriptor_; }
  [[nodiscard]] std::string path() const { return "/proc/self/fd/" + std::to_string(descriptor_); }

 private:
  int descriptor_;
};

}  // namespace ndisk::fuzz
