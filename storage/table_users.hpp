// The tables users, devices and invites. Values of a query; see sqlite.hpp for errors. One thread at a time.
#pragma once

#include <optional>
#include <string>

#include "storage/accounts.hpp"
#include "storage/sqlite.hpp"

namespace ndisk::storage {

struct UserRow {
  std::int64_t id = 0;
  std::string name;
  std::int64_t root = 0;  // the node ids of the drive and of its trash; they have no rows of their own
  std::int64_t trash = 0;
  std::uint64_t change = 0;
  std::uint64_t files = 0;
  std::uint64_t bytes = 0;
  std::uint64_t stored = 0;
  std::optional<std::uint64_t> quota;
};

struct DeviceRow {
  DeviceId id{};
  std::int64_t user = 0;
  std::string name;
  std::optional<PublicKey> key;
  bool revoked = false;
};

struct InviteRow {
  std::int64_t user = 0;
  TimeNs expires = 0;
  std::optional<PublicKey> used_key;
};

class UserTable {
 public:
  explicit UserTable(Database& database) : database_(database) {}

  [[nodiscard]] std::optional<UserRow> find(std::int64_t id);
  [[nodiscard]] std::optional<UserRow> find_by_name(const std::string& name);
  // The id is given by the table.
  void insert(const UserRow& row, TimeNs now);
  // Change number and space counters.
  void update(const UserRow& row);

  [[nodiscard]] std::optional<DeviceRow> find_device(const PublicKey& key);
  [[nodiscard]] std::optional<DeviceRow> find_local_device(std::int64_t user);
  void insert_device(const DeviceRow& row, TimeNs now);

  [[nodiscard]] std::optional<InviteRow> find_invite(const Digest& token_hash);
  void insert_invite(const Digest& token_hash, std::int64_t user, TimeNs created, TimeNs expires);
  void use_invite(const Digest& token_hash, const PublicKey& key, TimeNs now);
  [[nodiscard]] bool has_invites();

 private:
  Database& database_;
};

}  // namespace ndisk::storage
