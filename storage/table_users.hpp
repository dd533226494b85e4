// The tables users, devices and invites. Values of a query; see sqlite.hpp for errors. One thread at a time.
#pragma once

#include <optional>
#include <string>
#include <vector>

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

// Those that nobody has used and that have not expired.
struct OpenInvites {
  std::uint64_t count = 0;
  TimeNs first_expires = 0;  // of one of them; 0: there is none
};

[[nodiscard]] bool is_user_name(std::string_view name);

inline constexpr char kNoSuchUser[] = "there is no such user any more";

// kNotAllowed.
[[nodiscard]] std::unexpected<Error> fail_revoked(const DeviceRow& device);

// A removed user keeps its row under another name until nothing refers to it: only of_removed() finds it then.
class UserTable {
 public:
  explicit UserTable(Database& database) : database_(database) {}

  [[nodiscard]] std::optional<UserRow> find(std::int64_t id);
  // kNotAllowed: there is none.
  [[nodiscard]] Result<UserRow> require(std::int64_t id);
  // The same, or the device was revoked.
  [[nodiscard]] Result<UserRow> require(const Actor& actor);
  [[nodiscard]] std::optional<UserRow> find_by_name(const std::string& name);
  // In order of their names, after one; `staged` is not set.
  [[nodiscard]] std::vector<UserSummary> list(const std::string& after, std::size_t limit);
  // The id is given by the table, and never given again.
  void insert(const UserRow& row, TimeNs now);
  void set_quota(std::int64_t id, std::optional<std::uint64_t> quota);
  // Change number and space counters.
  void update(const UserRow& row);
  // Its name is free and its devices and invites are of no use from then on.
  void mark_removed(std::int64_t id, TimeNs now);
  [[nodiscard]] std::vector<UserRow> of_removed(int limit);
  // With its devices.
  void remove(std::int64_t id);

  [[nodiscard]] std::optional<DeviceRow> find_device(const PublicKey& key);
  [[nodiscard]] std::optional<DeviceRow> find_local_device(std::int64_t user);
  [[nodiscard]] std::optional<DeviceRow> find_device(const DeviceId& id);
  // In order of their ids, after one; of one user, or of all.
  [[nodiscard]] std::vector<DeviceSummary> list_devices(std::optional<std::int64_t> user,
                                                        const std::optional<DeviceId>& after, std::size_t limit);
  void insert_device(const DeviceRow& row, TimeNs now);
  // Once: when it was revoked first stays.
  void revoke_device(const DeviceId& id, TimeNs now);

  [[nodiscard]] std::optional<InviteRow> find_invite(const Digest& token_hash);
  void insert_invite(const Digest& token_hash, std::int64_t user, TimeNs created, TimeNs expires);
  void use_invite(const Digest& token_hash, const PublicKey& key, TimeNs now);
  [[nodiscard]] OpenInvites open_invites(std::int64_t user, TimeNs now);
  void forget_invites(TimeNs expired_before);
  // That an invite was made, or a device enrolled, that is still known of.
  [[nodiscard]] bool has_invited();

 private:
  Database& database_;
};

}  // namespace ndisk::storage
