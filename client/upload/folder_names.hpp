// The names in a local folder, sorted by their bytes. Memory is that of the names and 8 bytes for each.
//
// Reading blocks: not on the I/O thread. A value; one thread at a time.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/error.hpp"

namespace ndisk::client {

class FolderNames {
 public:
  // Without "." and "..". `folder` is an open folder, and stays open; `shown` is for messages.
  [[nodiscard]] static Result<FolderNames> read(int folder, std::string_view shown);

  [[nodiscard]] bool empty() const { return next_ == starts_.size(); }
  // The next name, ended by NUL; valid as long as this value. Not empty().
  [[nodiscard]] const char* take() { return names_.data() + starts_[next_++]; }
  [[nodiscard]] bool holds(std::string_view name) const;

 private:
  std::string names_;  // each ended by NUL
  std::vector<std::size_t> starts_;
  std::size_t next_ = 0;
};

}  // namespace ndisk::client
