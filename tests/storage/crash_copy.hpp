// What a crash leaves of a data directory: its files as they are while the drive is open, in a folder of their own.
#pragma once

#include <filesystem>
#include <string>

namespace ndisk::storage {

// `to` must not exist. Modification times are kept: the catalog compares them.
inline void copy_as_after_crash(const std::string& from, const std::string& to) {
  namespace fs = std::filesystem;
  fs::create_directory(to);
  for (const auto& entry : fs::recursive_directory_iterator(from)) {
    const auto target = fs::path(to) / fs::relative(entry.path(), from);
    // SQLite makes the index of its log anew; a copy taken in between would only mislead it.
    if (entry.path().filename() == "ndisk.db-shm") continue;
    if (entry.is_directory()) {
      fs::create_directory(target);
    } else if (entry.is_regular_file()) {
      fs::copy_file(entry.path(), target);
      fs::last_write_time(target, fs::last_write_time(entry.path()));
    }
  }
}

}  // namespace ndisk::storage
