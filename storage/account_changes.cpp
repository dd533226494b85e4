// Users, quotas and revocation.
#include <algorithm>

#include "common/shown_name.hpp"
#include "storage/account_book.hpp"
#include "storage/purge.hpp"

namespace ndisk::storage {
namespace {

constexpr std::size_t kMaxListed = 10'000;

Result<void> check_quota_value(std::optional<std::uint64_t> quota) {
  if (!quota || *quota <= static_cast<std::uint64_t>(INT64_MAX)) return {};
  return fail(ErrorCode::kInvalid, "a quota is at most " + std::to_string(INT64_MAX) + " bytes; or none at all");
}

std::unexpected<Error> no_user(const std::string& name) {
  return fail(ErrorCode::kNotFound, "there is no user '" + shown_name(name) + "'; see: ndiskd user list");
}

bool has_anything(Database& database, const UserRow& user) {
  auto query = database.query("SELECT 1 FROM nodes WHERE parent IN (?, ?) LIMIT 1", user.root, user.trash);
  return query.step();
}

// What is in its drive, and the rows that refer to it, however many, are the collector's to remove.
Result<std::int64_t> mark_removed(WriteContext& context, const std::string& name, bool with_files) {
  if (name == kOwnerName) return fail(ErrorCode::kInvalid, "the user 'owner' can't be removed: it owns the server");
  const auto user = context.users.find_by_name(name);
  if (!user) return no_user(name);
  if (!with_files && has_anything(context.database, *user)) {
    return fail(ErrorCode::kConflict, "the user '" + name +
                                          "' has files, in the drive or in its trash; they are removed for good with "
                                          "--with-files");
  }
  context.tell_tree({0, user->id, TreeOp::kRemoveUser, user->name, 0, {}});
  doom_drive(context, *user);
  context.users.mark_removed(user->id, context.now());
  context.forget_user(user->id);
  return user->id;
}

}  // namespace

Result<void> AccountBook::create_user(const std::string& name, std::optional<std::uint64_t> quota) {
  if (!is_user_name(name)) {
    return fail(ErrorCode::kInvalid, "'" + shown_name(name) +
                                         "' can't be a user's name: choose 1 to 64 of a-z, 0-9, '.', '_' and '-', the "
                                         "first a letter or digit");
  }
  if (auto checked = check_quota_value(quota); !checked) return checked;
  return queue_.run<void>([&](WriteContext& context) -> Result<void> {
    if (context.users.find_by_name(name)) {
      return fail(ErrorCode::kConflict, "there is a user '" + name + "' already; choose another name");
    }
    const auto user = context.make_user(name);
    if (quota) context.users.set_quota(user.id, quota);
    return {};
  });
}

Result<std::int64_t> AccountBook::remove_user(const std::string& name, bool with_files) {
  auto removed = queue_.run<std::int64_t>(
      [&](WriteContext& context) -> Result<std::int64_t> { return mark_removed(context, name, with_files); });
  // After the commit: whoever takes an upload up from now on finds no user.
  if (removed) uploads_.drop_all({*removed, std::nullopt});
  return removed;
}

Result<void> AccountBook::set_quota(const std::string& name, std::optional<std::uint64_t> quota) {
  if (auto checked = check_quota_value(quota); !checked) return checked;
  return queue_.run<void>([&](WriteContext& context) -> Result<void> {
    const auto found = context.users.find_by_name(name);
    if (!found) return no_user(name);
    context.users.set_quota(found->id, quota);
    if (auto* user = context.user(found->id); user != nullptr) user->quota = quota;
    return {};
  });
}

Result<std::vector<UserSummary>> AccountBook::users(const std::string& after, std::size_t limit) {
  auto users = catalog_.read([&](Database& database) -> Result<std::vector<UserSummary>> {
    return UserTable(database).list(after, std::min(limit, kMaxListed));
  });
  if (!users) return users;
  for (auto& user : *users) user.staged = staged_.of(user.id);
  return users;
}

Result<std::vector<DeviceSummary>> AccountBook::devices(const std::string& user, const std::optional<DeviceId>& after,
                                                        std::size_t limit) {
  return catalog_.read([&](Database& database) -> Result<std::vector<DeviceSummary>> {
    UserTable table(database);
    std::optional<std::int64_t> id;
    if (!user.empty()) {
      const auto found = table.find_by_name(user);
      if (!found) return no_user(user);
      id = found->id;
    }
    return table.list_devices(id, after, std::min(limit, kMaxListed));
  });
}

Result<void> AccountBook::revoke_device(const DeviceId& id) {
  auto revoked = queue_.run<std::int64_t>([&](WriteContext& context) -> Result<std::int64_t> {
    const auto device = context.users.find_device(id);
    if (!device || !context.users.find(device->user)) {
      return fail(ErrorCode::kNotFound, "there is no device " + to_hex(id) + "; see: ndiskd device list");
    }
    if (!device->key) {
      return fail(ErrorCode::kInvalid,
                  "the device '" + shown_name(device->name) + "' is the server's own machine, which can't be revoked");
    }
    context.users.revoke_device(id, context.now());
    return device->user;
  });
  if (!revoked) return std::unexpected(std::move(revoked.error()));
  // Nobody else could go on with them.
  uploads_.drop_all({*revoked, id});
  return {};
}

}  // namespace ndisk::storage
