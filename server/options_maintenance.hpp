// The commands of ndiskd's command line that look after a data directory.
#pragma once

#include <optional>

#include "server/options.hpp"

namespace CLI {
class App;
}

namespace ndisk::server {

class MaintenanceOptions {
 public:
  // Must live until the command line was parsed.
  void add_to(CLI::App& app);
  // The one that was named, if any. kInvalid: what was given with it makes no sense.
  [[nodiscard]] Result<std::optional<Command>> command() const;

 private:
  CLI::App* fsck_ = nullptr;
  CLI::App* gc_ = nullptr;
  FsckCommand check_;
  std::string rate_;
};

}  // namespace ndisk::server
