// The commands of ndiskd's command line that copy a data directory, or make its catalog anew.
#pragma once

#include <optional>

#include "server/options.hpp"

namespace CLI {
class App;
}

namespace ndisk::server {

class BackUpCommands {
 public:
  // Must live until the command line was parsed.
  void add_to(CLI::App& app);
  // The one that was named, if any.
  [[nodiscard]] std::optional<Command> command() const;

 private:
  CLI::App* backup_ = nullptr;
  CLI::App* rebuild_ = nullptr;
  BackUpCommand back_up_command_;
  RebuildCommand rebuild_command_;
};

}  // namespace ndisk::server
