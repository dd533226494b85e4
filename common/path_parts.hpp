// Where a path that is text is cut: before and behind its last slash. Pure; any thread.
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

}  // namespace ndisk
