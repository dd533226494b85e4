// Backups: one consistent state of a drive, written to a directory that is itself a data directory.
//
// The drive may be open at the same time, in this process or in another: the catalog is read as one snapshot, and a
// lock on objects/ keeps the collector from freeing what the backup still needs. So it needs no server, and a server
// needs no way to the place where backups are kept.
//
// A crash at any moment leaves the backup before or the new one, whole: objects are added and durable before the new
// catalog takes the place of the old by one rename, and what only the old one had is removed after that.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "common/error.hpp"

namespace ndisk::storage {

class FileLayer;

// Content that could not be backed up: what the drive holds is not what it recorded.
struct DamagedContent {
  std::string object;  // its name below objects/
  std::string cause;
  // Of the versions that refer to it, the newest; an empty user: nothing refers to it.
  std::string user;
  std::string path;  // in the user's drive, or where it was before it was removed
  std::uint64_t version = 0;
  std::uint64_t versions = 0;  // how many refer to it
};

struct BackUpOptions {
  std::string data_directory;
  std::string destination;
  bool copy = false;    // no hard links, also on the same file system
  bool verify = false;  // read all of the backup again and compare digests; what is not right there is made anew
  // Folders of the data directory that are the front end's own: the small files in them are copied.
  std::vector<std::string> folders;
  std::string sqlite_vfs;  // as in DriveOptions
  std::function<void(const DamagedContent&)> on_damage;
  // Now and then: what is done, and of how many bytes.
  std::function<void(std::string_view phase, std::uint64_t done, std::uint64_t total)> on_progress;
};

struct BackUpReport {
  std::uint64_t objects = 0;  // that the backup holds
  std::uint64_t bytes = 0;
  std::uint64_t linked = 0;   // of them, made by hard link this time
  std::uint64_t copied = 0;   // by copy
  std::uint64_t removed = 0;  // that the backup before had, and the drive has no more
  std::uint64_t verified = 0;
  std::uint64_t damaged = 0;  // that could not be backed up; a good copy from an earlier backup stays
};

// Blocks, for as long as reading and writing take. kNotFound: there is no drive, or the destination's parent is
// missing. kInvalid: the destination is within the data directory, or the other way round. kConflict: it holds
// something else, is in use, was changed as a drive of its own, or is another drive's backup; another backup of this
// drive is under way. kIntegrity: the catalog is damaged. Damaged content alone is no error: it is counted.
[[nodiscard]] Result<BackUpReport> back_up(const BackUpOptions& options, FileLayer& files);

}  // namespace ndisk::storage
