#include "client/user_folder.hpp"

#include <cstdlib>

namespace ndisk::client {

std::optional<std::filesystem::path> user_folder(const char* variable, const char* below_home) {
  const char* named = std::getenv(variable);
  if (named != nullptr && *named == '/') return std::filesystem::path(named);
  const char* home = std::getenv("HOME");
  if (home == nullptr || *home == '\0') return std::nullopt;
  return std::filesystem::path(home) / below_home;
}

}  // namespace ndisk::client
