#include "storage/table_users.hpp"

namespace ndisk::storage {
namespace {

std::optional<UserRow> to_user(Query query) {
  if (!query.step()) return std::nullopt;
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

}  // namespace

std::optional<UserRow> UserTable::find(std::int64_t id) {
  return to_user(
      database_.query("SELECT id, name, root, trash, change, files, bytes, stored, quota FROM users WHERE id = ?", id));
}

std::optional<UserRow> UserTable::find_by_name(const std::string& name) {
  return to_user(database_.query(
      "SELECT id, name, root, trash, change, files, bytes, stored, quota FROM users WHERE name = ?", name));
}

void UserTable::insert(const UserRow& row, TimeNs now) {
  database_.run("INSERT INTO users (name, root, trash, created) VALUES (?, ?, ?, ?)", row.name, row.root, row.trash,
                now);
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

bool UserTable::has_invites() {
  auto query = database_.query("SELECT 1 FROM invites LIMIT 1");
  return query.step();
}

}  // namespace ndisk::storage
