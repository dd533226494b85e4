// The command line: what it may hold, its help, and what was asked for. Any thread.
#pragma once

#include <variant>

#include "client/options.hpp"

namespace ndisk::client {

// The program ends here: help and version were printed (0), or a usage error was said on standard error (2).
struct ExitNow {
  int code = 0;
};

[[nodiscard]] std::variant<Invocation, ExitNow> parse_command_line(int argc, char** argv);

}  // namespace ndisk::client
