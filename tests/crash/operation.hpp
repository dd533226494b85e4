// Operation: one thing that was done to a disk, and what a power cut may make of it. Values; pure.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "tests/crash/disk_image.hpp"

namespace ndisk::crash {

enum class Action : std::uint8_t {
  kMake,      // a file or folder with its first name
  kLink,      // another name for a file
  kRemove,    // a name goes, of a file or an empty folder
  kRename,    // a name becomes another, at once
  kWrite,     // bytes at an offset
  kTruncate,  // to `offset` bytes
  kSetMode,
  kSetMtime,
  kSync,      // of a file: all of it; of a folder: the names in it
  kSyncData,  // of a file: what is needed to read its content
  kSyncAll
};

struct Operation {
  Action action = Action::kSync;
  InodeId inode = 0;   // the file or folder that it is about
  InodeId folder = 0;  // that holds the name
  std::string name;
  InodeId to_folder = 0;  // of a rename
  std::string to_name;
  std::uint64_t offset = 0;
  Bytes bytes;
  TimeNs time = 0;  // the mtime that it gives the inode
  mode_t mode = 0;
  bool is_folder = false;
  std::string path;  // what it is about, for people
};

[[nodiscard]] inline bool is_sync(const Operation& operation) { return operation.action >= Action::kSync; }
[[nodiscard]] inline bool changes_names(const Operation& operation) { return operation.action <= Action::kRename; }
// Content, mode or mtime of what is there.
[[nodiscard]] inline bool changes_inode(const Operation& operation) {
  return !is_sync(operation) && !changes_names(operation);
}

// What becomes of an operation that was not synced.
enum class Loss : std::uint8_t {
  kGone,   // as if it had never been; a file that was made is there, but without the name
  kZeros,  // of a write at the end: the file has grown, but the bytes are zeros
  kTorn    // of a write: only its first half is there
};

// By the operation's place in the record.
using Losses = std::map<std::size_t, Loss>;

void apply(DiskImage& image, const Operation& operation);
void apply_lossy(DiskImage& image, const Operation& operation, Loss loss);

// In plain words.
[[nodiscard]] std::string describe(const Operation& operation);
[[nodiscard]] std::string describe(const std::vector<Operation>& record, const Losses& losses);

}  // namespace ndisk::crash
