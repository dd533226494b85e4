// What the collector does about users that were removed, a little in each transaction. A removed user's row stays,
// under another name, until nothing refers to it.
#pragma once

#include <atomic>

#include "storage/uploads.hpp"

namespace ndisk::storage {

// Drops their uploads, and forgets those of whom neither node nor object is left, with their receipts, request ids and
// devices. kShuttingDown once `stop` is set: a later run goes on.
[[nodiscard]] Result<void> forget_removed_users(Catalog& catalog, CommitQueue& queue, Uploads& uploads,
                                                const std::atomic<bool>& stop);

}  // namespace ndisk::storage
