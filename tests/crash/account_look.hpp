// What an open drive shows of users, and of their devices, invites and uploads.
#pragma once

#include "storage/drive.hpp"
#include "tests/crash/world.hpp"

namespace ndisk::crash {

// Of `devices` those that may log in, and what they see; if there are any, invites and uploads too, which the catalog
// is asked for through `vfs`.
[[nodiscard]] Result<void> look_at_accounts(storage::Drive& drive, const std::vector<std::string>& devices,
                                            const std::string& vfs, World& world);

}  // namespace ndisk::crash
