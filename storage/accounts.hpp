// Accounts: users, their devices, and the invites that enrol devices. Stored in the catalog.
//
// The server keeps public keys and hashes of tokens only: a stolen catalog logs in nowhere. Every function may be
// called from any thread and may block on disk.
#pragma once

#include <array>
#include <optional>
#include <string>

#include "storage/drive.hpp"

namespace ndisk::storage {

using PublicKey = std::array<std::uint8_t, 32>;
using InviteToken = std::array<std::uint8_t, 16>;

inline constexpr char kOwnerName[] = "owner";
inline constexpr TimeNs kDayNs = 24 * 3600 * kSecondNs;
inline constexpr TimeNs kInviteLifetime = kDayNs;  // unless another was asked for, between these:
inline constexpr TimeNs kShortestInvite = 60 * kSecondNs;
inline constexpr TimeNs kLongestInvite = 30 * kDayNs;
// A record of an invite stays so long after it has expired: to say what became of it, and for retries of the device
// that used it.
inline constexpr TimeNs kInviteRemembered = 30 * kDayNs;
// Of a user, neither used nor expired.
inline constexpr std::size_t kMaxOpenInvitesOfUser = 64;

struct Identity {
  Actor actor;
  std::string user_name;
  std::string device_name;
};

struct UserSummary {
  std::int64_t id = 0;
  std::string name;
  std::uint64_t files = 0;
  std::uint64_t bytes = 0;
  std::uint64_t stored = 0;  // with history and trash
  std::uint64_t staged = 0;  // of uploads; counts towards the quota too
  std::optional<std::uint64_t> quota;
  std::uint64_t devices = 0;  // that can log in
  TimeNs created = 0;
};

struct DeviceSummary {
  DeviceId id{};
  std::string name;
  std::string user;
  TimeNs created = 0;
  std::optional<TimeNs> revoked;
  bool local = false;  // the user's own on the server's machine: it has no key
};

class Accounts {
 public:
  virtual ~Accounts() = default;

  // A fresh one-time token for a device of this user; only its SHA-256 is stored. kNotFound: no such user; kInvalid: a
  // lifetime that is too short or too long; kNoSpace: the user has as many open ones as it may.
  [[nodiscard]] virtual Result<InviteToken> create_invite(const std::string& user_name,
                                                          TimeNs lifetime = kInviteLifetime) = 0;
  // Uses the token up for this key. The same pair may try again after a lost answer and gets the same identity.
  // kNotAllowed: unknown, expired, or used by another key (the message says which, and to ask for a new one).
  [[nodiscard]] virtual Result<Identity> enrol(const InviteToken& token, const PublicKey& key,
                                               const std::string& device_name) = 0;
  // kNotAllowed: no such device, or revoked.
  [[nodiscard]] virtual Result<Identity> find_device(const PublicKey& key) = 0;
  // The user "owner", as the device "local" of the server's own machine.
  [[nodiscard]] virtual Result<Identity> local_owner() = 0;

  // Names are 1 to 64 of a-z, 0-9, '.', '_' and '-', the first a letter or digit (they name folders of tree/).
  // kInvalid: another name, or a quota that no number of bytes can reach; kConflict: there is one of that name.
  virtual Result<void> create_user(const std::string& name, std::optional<std::uint64_t> quota) = 0;
  // Its devices and invites end at once; its files go for good (the collector frees the space). Returns its id.
  // kNotFound; kConflict: its drive or its trash is not empty and with_files was not said; kInvalid: "owner".
  [[nodiscard]] virtual Result<std::int64_t> remove_user(const std::string& name, bool with_files) = 0;
  // Nothing: no limit. One below what is used already is allowed: nothing more is taken then. kNotFound; kInvalid.
  virtual Result<void> set_quota(const std::string& name, std::optional<std::uint64_t> quota) = 0;
  // In order of their names, after a name.
  [[nodiscard]] virtual Result<std::vector<UserSummary>> users(const std::string& after, std::size_t limit) = 0;
  // In order of their ids, after one (nothing: from the first); of one user, or of all if `user` is empty. kNotFound:
  // no such user.
  [[nodiscard]] virtual Result<std::vector<DeviceSummary>> devices(const std::string& user,
                                                                   const std::optional<DeviceId>& after,
                                                                   std::size_t limit) = 0;
  // It can't log in from now on, and its uploads are dropped; its sessions are the front end's to end. Doing it twice
  // is fine. kNotFound; kInvalid: a local device.
  virtual Result<void> revoke_device(const DeviceId& id) = 0;

  // True until the first invite was made. (And again once nothing is known of any invite or device: a drive that nobody
  // could log in to.)
  [[nodiscard]] virtual Result<bool> is_new() = 0;
};

}  // namespace ndisk::storage
