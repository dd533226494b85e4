#include "server/options_accounts.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>

#include "common/duration.hpp"
#include "common/shown_name.hpp"
#include "server/byte_size.hpp"

namespace ndisk::server {
namespace {

constexpr std::size_t kFewestIdDigits = 4;
constexpr char kNameHelp[] = "1 to 64 of a-z, 0-9, '.', '_' and '-', the first a letter or digit";
constexpr char kSizeHelp[] = "bytes, or 500M, 1.5T, 10GiB (powers of 1024)";

Result<std::optional<std::uint64_t>> parse_quota(const std::string& text) {
  if (text == "none") return std::nullopt;
  const auto quota = parse_byte_size(text);
  if (!quota) return std::unexpected(quota.error());
  return *quota;
}

Result<std::string> parse_id_prefix(std::string text) {
  std::ranges::transform(text, text.begin(),
                         [](char c) { return c >= 'A' && c <= 'F' ? static_cast<char>(c + 32) : c; });
  if (text.size() < kFewestIdDigits || text.size() > 2 * protocol::kDeviceIdBytes ||
      text.find_first_not_of("0123456789abcdef") != text.npos) {
    return fail(ErrorCode::kInvalid, "'" + shown_name(text) +
                                         "' is no device's id: give at least 4 of the digits that ndiskd device list "
                                         "shows");
  }
  return text;
}

}  // namespace

void AccountsOptions::add_to(CLI::App& app) {
  add_invite_command(app);
  auto* user = app.add_subcommand("user", "who has a drive on the running server");
  user->require_subcommand(1);
  add_user_commands(*user);
  auto* device = app.add_subcommand("device", "which devices may log in to the running server");
  device->require_subcommand(1);
  add_device_commands(*device);
}

void AccountsOptions::add_invite_command(CLI::App& app) {
  auto* invite = app.add_subcommand("invite", "print one more invite, made by the running server");
  invite->add_option("--user", invited_, "whose device it enrols [owner]");
  invite->add_option("--expires", expires_, "how long it is good: 1m to 30d, as 90s, 30m, 12h, 7d or 2w [24h]");
  invite_ = invite;
}

void AccountsOptions::add_user_commands(CLI::App& user) {
  auto* add = user.add_subcommand("add", "make a user; its first device comes with: ndiskd invite --user NAME");
  add->add_option("NAME", name_, kNameHelp)->required();
  add->add_option("--quota", quota_, std::string("what its drive may take: ") + kSizeHelp);
  add_user_ = add;
  list_users_ = user.add_subcommand("list", "all users, and what they take");
  auto* remove = user.add_subcommand("remove", "end a user's devices and sessions, for good");
  remove->add_option("NAME", name_)->required();
  remove->add_flag("--with-files", with_files_, "although its drive or trash is not empty: all of it goes");
  remove_user_ = remove;
  auto* quota = user.add_subcommand("quota", "set what a user's drive may take, history and trash included");
  quota->add_option("NAME", name_)->required();
  quota->add_option("SIZE", quota_, std::string(kSizeHelp) + ", or none")->required();
  set_quota_ = quota;
}

void AccountsOptions::add_device_commands(CLI::App& device) {
  auto* list = device.add_subcommand("list", "all devices, and how many sessions they have now");
  list->add_option("--user", of_user_, "only those of this user");
  list_devices_ = list;
  auto* revoke = device.add_subcommand("revoke", "end a device's sessions, and refuse it from now on");
  revoke->add_option("ID", id_, "the first digits of its id, at least 4")->required();
  revoke_device_ = revoke;
}

Result<InviteCommand> AccountsOptions::invite_command() const {
  if (invite_->count("--user") > 0 && invited_.empty()) return fail(ErrorCode::kInvalid, "--user: a name is missing");
  if (invite_->count("--expires") == 0) return InviteCommand{invited_, std::nullopt};
  const auto lifetime = parse_duration(expires_);
  if (!lifetime || *lifetime < storage::kShortestInvite || *lifetime > storage::kLongestInvite) {
    return fail(ErrorCode::kInvalid, "--expires: '" + shown_name(expires_) +
                                         "' is no time that an invite can be good for: 1m to 30d, as 90s, 30m, 12h, "
                                         "7d or 2w");
  }
  return InviteCommand{invited_, lifetime};
}

Result<std::optional<Command>> AccountsOptions::command() const {
  if (invite_->parsed()) {
    auto invite = invite_command();
    if (!invite) return std::unexpected(invite.error());
    return std::move(*invite);
  }
  if (list_users_->parsed()) return ListUsersCommand{};
  if (list_devices_->parsed()) {
    if (list_devices_->count("--user") > 0 && of_user_.empty()) {
      return fail(ErrorCode::kInvalid, "--user: a name is missing");
    }
    return ListDevicesCommand{of_user_};
  }
  if (remove_user_->parsed()) return RemoveUserCommand{name_, with_files_};
  if (revoke_device_->parsed()) {
    auto prefix = parse_id_prefix(id_);
    if (!prefix) return std::unexpected(prefix.error());
    return RevokeDeviceCommand{std::move(*prefix)};
  }
  if (!add_user_->parsed() && !set_quota_->parsed()) return std::nullopt;
  const auto quota = parse_quota(add_user_->parsed() && add_user_->count("--quota") == 0 ? "none" : quota_);
  if (!quota) return std::unexpected(quota.error());
  if (add_user_->parsed()) return AddUserCommand{name_, *quota};
  return SetQuotaCommand{name_, *quota};
}

}  // namespace ndisk::server
