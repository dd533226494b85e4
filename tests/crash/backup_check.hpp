// Whether a backup is one of the states that its drive had, whole.
#pragma once

#include "tests/crash/scenario.hpp"

namespace ndisk::crash {

struct AllowedBackups {
  std::vector<std::size_t> worlds;  // numbers of the recording's that it may show
  bool none = true;                 // there may be no backup at all
};

// After a power cut at this boundary: what the drive showed when the last backup that was answered was begun, or when
// one that was under way was.
[[nodiscard]] AllowedBackups backups_at(const Recording& recording, std::size_t boundary);
// When so many phases were repeated after it.
[[nodiscard]] AllowedBackups backups_after(const Recording& recording, std::size_t phases);

// What is wrong with the backup on this disk, which must be a data directory that opens: it is, on a copy. Empty:
// nothing.
[[nodiscard]] std::string check_backup(const Recording& recording, const AllowedBackups& allowed, SimulatedDisk& disk);

}  // namespace ndisk::crash
