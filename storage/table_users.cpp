#include "storage/table_users.hpp"

#include <algorithm>

#include "common/shown_name.hpp"

#define NDISK_USER_COLUMNS "id, name, root, trash, change, files, bytes, stored, quota"
#define NDISK_DEVICE_COLUMNS                                                                            \
  "devices.id, devices.name, users.name, devices.created, devices.revoked, devices.public_key IS NULL " \
  "FROM devices JOIN users ON users.id = devices.user"
// No user can have such a name. As a range, so that the index on names finds it.
#define NDISK_REMOVED "users.name >= 'removed:' AND users.name < 'removed;'"

namespace ndisk::storage {
namespace {

constexpr std::size_t kMaxUserNameBytes = 64;

UserRow to_user_row(const Query& query) {
  UserRow row;
  row.id = query.integer(0);
  row.name = query.bytes(1);
  row.root = query.integer(2);
  row.trash = query.integer(3);
  row.change = query.number(4);
  row.files = query.number(5);
  row.bytes = query.number(6);
  row.stored = query.number(7);
  if (!query.is_null(8)) row.quota = query.number(8);
  return row;
}

std::optional<UserRow> to_user(Query query) {
  if (!query.step()) return std::nullopt;
  return to_user_row(query);
}

std::optional<DeviceRow> to_device(Query query) {
  if (!query.step()) return std::nullopt;
  DeviceRow row;
  row.id = query.fixed<16>(0);
  row.user = query.integer(1);
  row.name = query.bytes(2);
  if (!query.is_null(3)) row.key = query.fixed<32>(3);
  row.revoked = !query.is_null(4);
  return row;
}

std::vector<DeviceSummary> to_devices(Query query) {
  std::vector<DeviceSummary> devices;
  while (query.step()) {
    DeviceSummary device;
    device.id = query.fixed<16>(0);
    device.name = query.bytes(1);
    device.user = query.bytes(2);
    device.created = query.integer(3);
    if (!query.is_null(4)) device.revoked = query.integer(4);
    device.local = query.integer(5) != 0;
    devices.push_back(std::move(device));
  }
  return devices;
}

}  // namespace

bool is_user_name(std::string_view name) {
  const auto is_first = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  const auto is_any = [&](char c) { return is_first(c) || c == '.' || c == '_' || c == '-'; };
  return !name.empty() && name.size() <= kMaxUserNameBytes && is_first(name[0]) && std::ranges::all_of(name, is_any);
}

std::unexpected<Error> fail_revoked(const DeviceRow& device) {
  return fail(ErrorCode::kNotAllowed,
              "the device '" + shown_name(device.name) + "' was revoked; ask the server's owner for a new invite");
}

std::optional<UserRow> UserTable::find(std::int64_t id) {
  return to_user(
      database_.query("SELECT " NDISK_USER_COLUMNS " FROM users WHERE id = ? AND NOT (" NDISK_REMOVED ")", id));
}

Result<UserRow> UserTable::require(std::int64_t id) {
  auto user = find(id);
  if (!user) return fail(ErrorCode::kNotAllowed, kNoSuchUser);
  return *user;
}

Result<UserRow> UserTable::require(const Actor& actor) {
  auto user = require(actor.user);
  const auto device = user ? find_device(actor.device) : std::nullopt;
  if (device && device->revoked) return fail_revoked(*device);
  return user;
}

std::optional<UserRow> UserTable::find_by_name(const std::string& name) {
  return to_user(
      database_.query("SELECT " NDISK_USER_COLUMNS " FROM users WHERE name = ? AND NOT (" NDISK_REMOVED ")", name));
}

std::vector<UserSummary> UserTable::list(const std::string& after, std::size_t limit) {
  auto query = database_.query(
      "SELECT id, name, files, bytes, stored, quota, created, (SELECT count(*) FROM devices "
      "WHERE user = users.id AND revoked IS NULL AND public_key IS NOT NULL) "
      "FROM users WHERE name > ? AND NOT (" NDISK_REMOVED ") ORDER BY name LIMIT ?",
      after, std::uint64_t{limit});
  std::vector<UserSummary> users;
  while (query.step()) {
    UserSummary user;
    user.id = query.integer(0);
    user.name = query.bytes(1);
    user.files = query.number(2);
    user.bytes = query.number(3);
    user.stored = query.number(4);
    if (!query.is_null(5)) user.quota = query.number(5);
    user.created = query.integer(6);
    user.devices = query.number(7);
    users.push_back(std::move(user));
  }
  return users;
}

void UserTable::insert(const UserRow& row, TimeNs now) {
  database_.run("UPDATE counters SET value = value + 1 WHERE name = 'user'");
  database_.run(
      "INSERT INTO users (id, name, root, trash, quota, created) "
      "SELECT value - 1, ?, ?, ?, ?, ? FROM counters WHERE name = 'user'",
      row.name, row.root, row.trash, row.quota, now);
}

void UserTable::set_quota(std::int64_t id, std::optional<std::uint64_t> quota) {
  database_.run("UPDATE users SET quota = ? WHERE id = ?", quota, id);
}

// The keys are free at once: the same device may enrol for another user.
void UserTable::mark_removed(std::int64_t id, TimeNs now) {
  database_.run("UPDATE users SET name = 'removed:' || id, files = 0, bytes = 0 WHERE id = ?", id);
  database_.run("UPDATE devices SET revoked = ifnull(revoked, ?), public_key = NULL WHERE user = ?", now, id);
  database_.run("DELETE FROM invites WHERE user = ?", id);
}

std::vector<UserRow> UserTable::of_removed(int limit) {
  auto query =
      database_.query("SELECT " NDISK_USER_COLUMNS " FROM users WHERE " NDISK_REMOVED " ORDER BY name LIMIT ?", limit);
  std::vector<UserRow> users;
  while (query.step()) users.push_back(to_user_row(query));
  return users;
}

void UserTable::remove(std::int64_t id) {
  database_.run("DELETE FROM devices WHERE user = ?", id);
  database_.run("DELETE FROM users WHERE id = ?", id);
}

void UserTable::update(const UserRow& row) {
  database_.run("UPDATE users SET change = ?, files = ?, bytes = ?, stored = ? WHERE id = ?", row.change, row.files,
                row.bytes, row.stored, row.id);
}

std::optional<DeviceRow> UserTable::find_device(const PublicKey& key) {
  return to_device(
      database_.query("SELECT id, user, name, public_key, revoked FROM devices WHERE public_key = ?", key));
}

std::optional<DeviceRow> UserTable::find_local_device(std::int64_t user) {
  return to_device(database_.query(
      "SELECT id, user, name, public_key, revoked FROM devices WHERE user = ? AND public_key IS NULL", user));
}

std::optional<DeviceRow> UserTable::find_device(const DeviceId& id) {
  return to_device(database_.query("SELECT id, user, name, public_key, revoked FROM devices WHERE id = ?", id));
}

std::vector<DeviceSummary> UserTable::list_devices(std::optional<std::int64_t> user,
                                                   const std::optional<DeviceId>& after, std::size_t limit) {
  const ByteView from = after ? ByteView(*after) : ByteView();
  if (user) {
    return to_devices(database_.query("SELECT " NDISK_DEVICE_COLUMNS
                                      " WHERE devices.user = ? AND devices.id > ? ORDER BY devices.id "
                                      "LIMIT ?",
                                      *user, from, std::uint64_t{limit}));
  }
  return to_devices(database_.query("SELECT " NDISK_DEVICE_COLUMNS " WHERE devices.id > ? AND NOT (" NDISK_REMOVED
                                    ") ORDER BY devices.id LIMIT ?",
                                    from, std::uint64_t{limit}));
}

void UserTable::revoke_device(const DeviceId& id, TimeNs now) {
  database_.run("UPDATE devices SET revoked = ifnull(revoked, ?) WHERE id = ?", now, id);
}

void UserTable::insert_device(const DeviceRow& row, TimeNs now) {
  database_.run("INSERT INTO devices (id, user, name, public_key, created) VALUES (?, ?, ?, ?, ?)", row.id, row.user,
                row.name, row.key, now);
}

std::optional<InviteRow> UserTable::find_invite(const Digest& token_hash) {
  auto query = database_.query("SELECT user, expires, used_key FROM invites WHERE token_hash = ?", token_hash);
  if (!query.step()) return std::nullopt;
  InviteRow row;
  row.user = query.integer(0);
  row.expires = query.integer(1);
  if (!query.is_null(2)) row.used_key = query.fixed<32>(2);
  return row;
}

void UserTable::insert_invite(const Digest& token_hash, std::int64_t user, TimeNs created, TimeNs expires) {
  database_.run("INSERT INTO invites (token_hash, user, created, expires) VALUES (?, ?, ?, ?)", token_hash, user,
                created, expires);
}

void UserTable::use_invite(const Digest& token_hash, const PublicKey& key, TimeNs now) {
  database_.run("UPDATE invites SET used_key = ?, used_at = ? WHERE token_hash = ?", key, now, token_hash);
}

OpenInvites UserTable::open_invites(std::int64_t user, TimeNs now) {
  auto query = database_.query(
      "SELECT count(*), ifnull(min(expires), 0) FROM invites WHERE user = ? AND used_key IS NULL AND expires > ?", user,
      now);
  query.step();
  return {query.number(0), query.integer(1)};
}

void UserTable::forget_invites(TimeNs expired_before) {
  database_.run("DELETE FROM invites WHERE expires < ?", expired_before);
}

bool UserTable::has_invited() {
  auto query = database_.query(
      "SELECT 1 WHERE EXISTS (SELECT 1 FROM invites) OR EXISTS (SELECT 1 FROM devices WHERE public_key IS NOT NULL)");
  return query.step();
}

}  // namespace ndisk::storage
