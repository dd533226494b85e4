// Where the numbers of a rebuilt catalog begin. Clients note numbers of versions and changes, so none that any catalog
// of this directory gave may be given to something else.
#pragma once

#include <string>

#include "common/clock.hpp"
#include "storage/data_directory.hpp"
#include "storage/file_layer.hpp"

namespace ndisk::storage {

// The microseconds since 1970, for nothing gives numbers faster than that; but above all numbers in the catalog that is
// there and in those that rebuilds moved aside, as far as they can be read, for the clock may have been set back. They
// stay as they are. The directory has to be locked.
[[nodiscard]] Result<std::uint64_t> find_first_number(FileLayer& files, const DataDirectory& directory,
                                                      const std::string& vfs, TimeNs now);

}  // namespace ndisk::storage
