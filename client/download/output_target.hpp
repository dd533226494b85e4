// What the name that get's -o gives stands for: links are followed, and where they lead to an open descriptor, as
// /dev/stdout does, the descriptor is what is meant and not the file that it happens to be.
//
// Blocks: not on the I/O thread. Any thread.
#pragma once

#include <optional>
#include <string>

#include "common/error.hpp"

namespace ndisk::client {

struct OutputTarget {
  std::string local;              // the file itself; it need not be there yet
  std::optional<int> descriptor;  // one that this program was started with: written to, and nothing is replaced
};

// kNotFound if a link leads into a folder that is not there, or to a descriptor that this program was not given;
// kInvalid if links lead in a circle, or to a file that another process has open. A link itself is never the target.
[[nodiscard]] Result<OutputTarget> output_target(const std::string& name);

}  // namespace ndisk::client
