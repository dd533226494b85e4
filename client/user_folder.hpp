// Folders of this user that other programs agree on (XDG Base Directory Specification). Reads the environment.
#pragma once

#include <filesystem>
#include <optional>

namespace ndisk::client {

// What the variable names, if it is an absolute path; else the folder of this name below $HOME. Nothing if neither is
// set.
[[nodiscard]] std::optional<std::filesystem::path> user_folder(const char* variable, const char* below_home);

}  // namespace ndisk::client
