// The part of the command line that is about users, their devices and invites.
#pragma once

#include <optional>

#include "server/options.hpp"

namespace CLI {
class App;
}

namespace ndisk::server {

// Adds `invite`, `user` and `device` with all that belongs to them. Must live until the command line is parsed.
class AccountsOptions {
 public:
  void add_to(CLI::App& app);
  // The command that was given; nothing if it was none of these. kInvalid: words that can't be.
  [[nodiscard]] Result<std::optional<Command>> command() const;

 private:
  [[nodiscard]] Result<InviteCommand> invite_command() const;
  void add_invite_command(CLI::App& app);
  void add_user_commands(CLI::App& user);
  void add_device_commands(CLI::App& device);

  const CLI::App* invite_ = nullptr;
  const CLI::App* add_user_ = nullptr;
  const CLI::App* list_users_ = nullptr;
  const CLI::App* remove_user_ = nullptr;
  const CLI::App* set_quota_ = nullptr;
  const CLI::App* list_devices_ = nullptr;
  const CLI::App* revoke_device_ = nullptr;
  std::string invited_;
  std::string expires_;
  std::string name_;
  std::string quota_;
  bool with_files_ = false;
  std::string of_user_;
  std::string id_;
};

}  // namespace ndisk::server
