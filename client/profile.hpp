// A profile: one enrolment of this device, kept in a folder of mode 0700.
//
//   NAME.toml         addresses, pin and user
//   NAME.key          the device's Ed25519 seed in hexadecimal, mode 0600
//   NAME.key.pending  the same while an enrolment has not been answered yet
//
// Every file is written whole under another name and renamed. Functions block; any thread.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "common/digest.hpp"
#include "common/net/device_key.hpp"
#include "common/protocol/invite.hpp"

namespace ndisk::client {

struct Profile {
  std::vector<protocol::HostPort> addresses;
  Digest pin{};
  std::string user;
};

class ProfileStore {
 public:
  // kInvalid if the name has other characters than letters, digits, '.', '_' and '-', or starts with '.'.
  [[nodiscard]] static Result<ProfileStore> open(std::filesystem::path folder, std::string name);

  // kNotAllowed if there is none: this device is not enrolled. kInvalid if it can't be read.
  [[nodiscard]] Result<Profile> load() const;
  // kNotAllowed also if other users can read the key.
  [[nodiscard]] Result<net::DeviceSeed> load_key() const;

  // The key for an enrolment: that of an earlier try whose answer was lost, else a new one, which is stored first.
  [[nodiscard]] Result<net::DeviceSeed> pending_key() const;
  // The server took the key: it and the profile replace what was there.
  [[nodiscard]] Result<void> enrolled(const Profile& profile) const;
  // The server refused the key.
  void discard_pending() const;

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] std::filesystem::path profile_path() const { return folder_ / (name_ + ".toml"); }
  [[nodiscard]] std::filesystem::path key_path() const { return folder_ / (name_ + ".key"); }

 private:
  ProfileStore(std::filesystem::path folder, std::string name) : folder_(std::move(folder)), name_(std::move(name)) {}
  [[nodiscard]] std::filesystem::path pending_path() const { return folder_ / (name_ + ".key.pending"); }

  std::filesystem::path folder_;
  std::string name_;
};

// $XDG_CONFIG_HOME/ndisk, else ~/.config/ndisk. kInvalid if neither variable is set.
[[nodiscard]] Result<std::filesystem::path> profile_folder();

}  // namespace ndisk::client
