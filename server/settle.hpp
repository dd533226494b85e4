// What the process settles before it opens the drive: that there is a data directory, and what it gives up for good.
//
// For the one thread there is at the start. Blocks on disk.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>

#include "server/options.hpp"
#include "storage/file_layer.hpp"

namespace ndisk::server {

struct Settled {
  std::optional<gid_t> tree_group;  // command.tree_group, looked up while that was possible
};

// Makes the data directory with its parents; gives up being root for whom account_to_become() names (account.hpp), if
// check_reach() finds no obstacle before anything is made; and closes everything but the data directory to this
// process, where the kernel can do that (landlock.hpp) and command.confine asks for it. Fails as these do.
[[nodiscard]] Result<Settled> settle(storage::FileLayer& files, const std::string& data_directory,
                                     const ServeCommand& command);

}  // namespace ndisk::server
