// Litter: files in objects/ that nothing refers to. One thread at a time; see sqlite.hpp for errors.
#pragma once

#include <vector>

#include "storage/object_store.hpp"

namespace ndisk::storage {

// Those of some files that are litter: the catalog has no row of theirs, and no version refers to it either. Where a
// version does, the catalog has lost the row, and the file may be the only copy of what it has lost. Goes through the
// table of versions if there is any file without a row.
[[nodiscard]] std::vector<ObjectStore::Found> find_litter(Database& database,
                                                          const std::vector<ObjectStore::Found>& files);

}  // namespace ndisk::storage
