// What ndiskd was told on its command line.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "common/protocol/invite.hpp"
#include "server/services.hpp"

namespace ndisk::server {

struct ServeCommand {
  std::vector<protocol::HostPort> listen;
  std::vector<protocol::HostPort> advertise;
  PlaintextPolicy plaintext = PlaintextPolicy::kNever;
  std::size_t threads = 0;  // 0: as many as cores, at most 4
  bool tree = true;
  std::string tree_group;
  bool first_invite = true;
  std::string run_as;   // a user of this machine; empty: see account_to_become()
  bool confine = true;  // where the kernel has Landlock
  storage::Retention retention;
  std::int64_t scrub_days = 30;  // 0: no scrub
};
struct InviteCommand {
  std::string user;
  std::optional<TimeNs> lifetime;  // nothing: as long as the server lets it live
};
struct StatusCommand {};
struct AddUserCommand {
  std::string name;
  std::optional<std::uint64_t> quota;  // bytes
};
struct ListUsersCommand {};
struct RemoveUserCommand {
  std::string name;
  bool with_files = false;
};
struct SetQuotaCommand {
  std::string name;
  std::optional<std::uint64_t> quota;
};
struct ListDevicesCommand {
  std::string user;  // empty: of all
};
struct RevokeDeviceCommand {
  std::string id_prefix;  // 4 to 32 hexadecimal digits, lower case
};
struct FsckCommand {
  bool read_data = false;
  bool repair = false;
  bool restart = false;
  std::uint64_t rate = 0;  // bytes a second; 0: no bound
};
struct GcCommand {};
struct BackUpCommand {
  std::string destination;
  bool copy = false;
  bool verify = false;
};
struct RebuildCommand {
  bool force = false;
};

using Command = std::variant<ServeCommand, InviteCommand, StatusCommand, AddUserCommand, ListUsersCommand,
                             RemoveUserCommand, SetQuotaCommand, ListDevicesCommand, RevokeDeviceCommand,
                             BackUpCommand, RebuildCommand, FsckCommand, GcCommand>;

struct Options {
  std::string data_directory;
  bool json = false;
  Command command;
};

// kCancelled-like outcomes of a command line that ends here (--help, --version) carry their exit code; what there was
// to say has been said.
struct OptionsExit {
  int code = 0;
};

[[nodiscard]] std::variant<Options, OptionsExit> parse_options(int argc, char** argv);

}  // namespace ndisk::server
