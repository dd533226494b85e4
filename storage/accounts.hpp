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
inline constexpr TimeNs kInviteLifetime = 24 * 3600 * kSecondNs;

struct Identity {
  Actor actor;
  std::string user_name;
  std::string device_name;
};

class Accounts {
 public:
  virtual ~Accounts() = default;

  // A fresh one-time token for a device of this user; only its SHA-256 is stored. kNotFound: no such user.
  [[nodiscard]] virtual Result<InviteToken> create_invite(const std::string& user_name) = 0;
  // Uses the token up for this key. The same pair may try again after a lost answer and gets the same identity.
  // kNotAllowed: unknown, expired, or used by another key (the message says which, and to ask for a new one).
  [[nodiscard]] virtual Result<Identity> enrol(const InviteToken& token, const PublicKey& key,
                                               const std::string& device_name) = 0;
  // kNotAllowed: no such device, or revoked.
  [[nodiscard]] virtual Result<Identity> find_device(const PublicKey& key) = 0;
  // The user "owner", as the device "local" of the server's own machine.
  [[nodiscard]] virtual Result<Identity> local_owner() = 0;
  // True until the first invite was made.
  [[nodiscard]] virtual Result<bool> is_new() = 0;
};

}  // namespace ndisk::storage
