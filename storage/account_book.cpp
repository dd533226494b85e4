#include "storage/account_book.hpp"

#include "common/random.hpp"
#include "common/shown_name.hpp"

namespace ndisk::storage {
namespace {

constexpr char kLocalDeviceName[] = "local";
constexpr std::size_t kMaxDeviceNameBytes = 255;

Result<Identity> identity_of(UserTable users, const DeviceRow& device) {
  if (device.revoked) return fail_revoked(device);
  const auto user = users.find(device.user);
  if (!user) return fail(ErrorCode::kNotAllowed, "the user of this device was removed");
  return Identity{{user->id, device.id}, user->name, device.name};
}

std::unexpected<Error> unknown_invite() {
  return fail(ErrorCode::kNotAllowed,
              "the server does not know this invite: it was altered, or comes from another server; ask for a new one");
}

Result<InviteRow> usable_invite(UserTable users, const InviteToken& token, const PublicKey& key, TimeNs now) {
  auto invite = users.find_invite(sha256(token));
  if (!invite) return unknown_invite();
  if (invite->used_key && *invite->used_key != key) {
    return fail(ErrorCode::kNotAllowed, "this invite was used already, and works once; ask for a new one");
  }
  if (!invite->used_key && invite->expires <= now) {
    return fail(ErrorCode::kNotAllowed, "this invite has expired; ask for a new one");
  }
  return *invite;
}

Result<Identity> enrol_device(WriteContext& context, const InviteToken& token, const PublicKey& key,
                              const std::string& device_name) {
  const auto now = context.now();
  const auto invite = usable_invite(context.users, token, key, now);
  if (!invite) return std::unexpected(invite.error());
  auto device = context.users.find_device(key);
  if (device && device->user != invite->user) {
    return fail(ErrorCode::kNotAllowed, "this device is enrolled for another user already; log in as a new device");
  }
  const bool is_new = !device;
  if (is_new) device = DeviceRow{random_bytes<16>(), invite->user, device_name, key, false};
  auto identity = identity_of(context.users, *device);
  if (!identity) return identity;
  if (is_new) context.users.insert_device(*device, now);
  if (!invite->used_key) context.users.use_invite(sha256(token), key, now);
  return identity;
}

Result<void> check_room_for_invite(UserTable users, const UserRow& user, TimeNs now) {
  const auto open = users.open_invites(user.id, now);
  if (open.count < kMaxOpenInvitesOfUser) return {};
  const auto minutes = (open.first_expires - now) / (60 * kSecondNs) + 1;
  return fail(ErrorCode::kNoSpace, "the user '" + user.name + "' has " + std::to_string(open.count) +
                                       " invites that nobody has used, which are all that it may: use one of them, or "
                                       "wait until the first expires, in " +
                                       std::to_string(minutes) + " minutes");
}

Result<void> insert_owner(WriteContext& context) {
  auto owner = context.users.find_by_name(kOwnerName);
  if (!owner) owner = context.make_user(kOwnerName);
  if (!context.users.find_local_device(owner->id)) {
    context.users.insert_device({random_bytes<16>(), owner->id, kLocalDeviceName, std::nullopt, false}, context.now());
  }
  return {};
}

}  // namespace

Result<void> AccountBook::make_owner() { return queue_.run_upkeep<void>(insert_owner); }

Result<InviteToken> AccountBook::create_invite(const std::string& user_name, TimeNs lifetime) {
  if (lifetime < kShortestInvite || lifetime > kLongestInvite) {
    return fail(ErrorCode::kInvalid, "an invite is good for a minute at least and for 30 days at most");
  }
  const auto token = random_bytes<16>();
  return queue_.run<InviteToken>([&](WriteContext& context) -> Result<InviteToken> {
    const auto user = context.users.find_by_name(user_name);
    if (!user) return fail(ErrorCode::kNotFound, "there is no user '" + shown_name(user_name) + "'");
    const auto now = context.now();
    if (auto room = check_room_for_invite(context.users, *user, now); !room) return std::unexpected(room.error());
    context.users.forget_invites(now - kInviteRemembered);
    context.users.insert_invite(sha256(token), user->id, now, now + lifetime);
    return token;
  });
}

Result<Identity> AccountBook::enrol(const InviteToken& token, const PublicKey& key, const std::string& device_name) {
  if (device_name.empty() || device_name.size() > kMaxDeviceNameBytes) {
    return fail(ErrorCode::kInvalid, "a device's name has 1 to 255 bytes");
  }
  // Who guesses at invites does not make the writer wait, nor those who wait for it.
  const auto known = catalog_.read(
      [&](Database& database) -> Result<bool> { return UserTable(database).find_invite(sha256(token)).has_value(); });
  if (!known) return std::unexpected(known.error());
  if (!*known) return unknown_invite();
  return queue_.run<Identity>(
      [&](WriteContext& context) -> Result<Identity> { return enrol_device(context, token, key, device_name); });
}

Result<Identity> AccountBook::find_device(const PublicKey& key) {
  return catalog_.read([&](Database& database) -> Result<Identity> {
    UserTable users(database);
    const auto device = users.find_device(key);
    if (!device) {
      return fail(ErrorCode::kNotAllowed, "this device is not enrolled here; ask the server's owner for an invite");
    }
    return identity_of(users, *device);
  });
}

Result<Identity> AccountBook::local_owner() {
  return catalog_.read([&](Database& database) -> Result<Identity> {
    UserTable users(database);
    const auto owner = users.find_by_name(kOwnerName);
    const auto device = owner ? users.find_local_device(owner->id) : std::nullopt;
    if (!device) return fail(ErrorCode::kNotAllowed, "this server has no user 'owner'");
    return identity_of(users, *device);
  });
}

Result<bool> AccountBook::is_new() {
  return catalog_.read([](Database& database) -> Result<bool> { return !UserTable(database).has_invited(); });
}

}  // namespace ndisk::storage
