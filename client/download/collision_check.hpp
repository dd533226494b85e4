// Before anything is written: whether the local disk can hold apart what is to be gotten, and what to do if not.
#pragma once

#include "client/context.hpp"
#include "client/download/tree_download.hpp"

namespace ndisk::client {

// Asks the disk, with a few temporary names in the folder that things land in, and looks at the local folders below it.
// If one may fold names it goes through all that is selected, names only, and says what collides. kConflict, naming
// pairs, if `how` is kFail; the disk's own error if it can't be asked; what fails in the listing is left to the
// download to say. A dry run writes nothing: it looks, and says what it can't tell so. The I/O thread only.
net::Task<Result<CollisionPlan>> check_collisions(Context& context, const std::vector<GetSource>& sources,
                                                  const DownloadChoices& choices, Collision how);

}  // namespace ndisk::client
