// The order in which trees are walked and listed: within a folder by the bytes of names, and what is in a folder
// directly after it. Pure; any thread.
#pragma once

#include <compare>
#include <string>
#include <string_view>

#include "common/path_parts.hpp"

namespace ndisk::client {

// Of two paths with components joined by '/'; the empty one, the folder itself, is the first.
[[nodiscard]] std::strong_ordering compare_in_tree(std::string_view a, std::string_view b);

// A path that can be, that comes before `path`, and behind nearly everything else that does. `path` is not empty.
[[nodiscard]] std::string just_before(std::string_view path);

}  // namespace ndisk::client
