// Where a path that is text is cut, and what lies below what. Pure; any thread.
#pragma once

#include <string_view>

namespace ndisk {

// What the path lies in; empty for a single name.
[[nodiscard]] constexpr std::string_view parent_path(std::string_view path) {
  const auto slash = path.rfind('/');
  return slash == path.npos ? std::string_view() : path.substr(0, slash);
}

// The part behind the last slash; all of it without one.
[[nodiscard]] constexpr std::string_view last_name(std::string_view path) {
  const auto slash = path.rfind('/');
  return slash == path.npos ? path : path.substr(slash + 1);
}

// At any depth; everything but the empty path is below the empty one. A path is not below itself.
[[nodiscard]] constexpr bool is_below(std::string_view path, std::string_view folder) {
  if (folder.empty()) return !path.empty();
  return path.size() > folder.size() && path.starts_with(folder) && path[folder.size()] == '/';
}

}  // namespace ndisk
