// Steps of users, their devices and invites.
#pragma once

#include "tests/crash/scenario.hpp"

namespace ndisk::crash {

[[nodiscard]] Step make_user(const std::string& name);
// For another user, who is made.
[[nodiscard]] Step put_of(const std::string& user, const std::string& path, const std::string& content);
// For a device that was let in.
[[nodiscard]] Step put_by(const std::string& device, const std::string& path, const std::string& content);
// An invite for this device, which takes it.
[[nodiscard]] Step invite(const std::string& user, const std::string& device);
[[nodiscard]] Step enrol(const std::string& user, const std::string& device);
// The invite that was for one device is refused to another.
[[nodiscard]] Step refuse(const std::string& invited, const std::string& device);
[[nodiscard]] Step revoke(const std::string& device);
// With all that is the user's.
[[nodiscard]] Step remove_user(const std::string& name);

}  // namespace ndisk::crash
