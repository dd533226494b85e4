// Runs one command: the I/O thread is the caller's, a small pool does disk work and digests.
#pragma once

#include "client/options.hpp"

namespace ndisk::client {

// The exit code.
[[nodiscard]] int run(const Invocation& invocation);

}  // namespace ndisk::client
