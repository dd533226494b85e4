// What is known of one thing in a drive.
#pragma once

#include "storage/table_users.hpp"

namespace ndisk::storage {

// Errors as those of Drive::stat. The drive itself is a folder, made when its user was.
[[nodiscard]] Result<Status> status_of(Database& database, const UserRow& user, const RemotePath& path);

}  // namespace ndisk::storage
