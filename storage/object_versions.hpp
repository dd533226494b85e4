// Which versions refer to an object. The table has no index by that, for each put would pay for it.
#pragma once

#include <cstdint>
#include <vector>

#include "storage/sqlite.hpp"

namespace ndisk::storage {

// In order, after an id, at most so many. `known` are some that referred to it once, in order: where as many of them
// still do as there are references, these are all. Otherwise it is a walk through all versions. See sqlite.hpp for
// errors.
[[nodiscard]] std::vector<std::uint64_t> versions_of(Database& database, std::int64_t object,
                                                     const std::vector<std::uint64_t>& known, std::uint64_t after,
                                                     std::int64_t limit);

}  // namespace ndisk::storage
