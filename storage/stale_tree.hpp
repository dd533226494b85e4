// Whether DATA/tree is of an earlier day: kept in an empty file beside it, DATA/tree-stale, for whoever has the tree
// and no catalog. It is there, durably, before the catalog says that no tree is kept, and goes when the tree was made
// anew and is durable. Any thread.
#pragma once

#include "storage/data_directory.hpp"

namespace ndisk::storage {

[[nodiscard]] Result<bool> is_tree_stale(FileLayer& files, const DataDirectory& directory);
// Durably; nothing if there is no tree.
[[nodiscard]] Result<void> note_stale_tree(FileLayer& files, const DataDirectory& directory);
// If a power cut brings it back, that costs no more than to make the tree anew.
[[nodiscard]] DiskResult<> forget_stale_tree(FileLayer& files, const DataDirectory& directory);

}  // namespace ndisk::storage
