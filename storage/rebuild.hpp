// Rebuilding a catalog that is lost: from tree/, which has the names, and objects/, which has the content.
//
// What comes back are the current files of every user, with their times. What was only in the catalog does not: devices
// and invites, earlier versions, the trash, quotas, receipts, symbolic links. Nothing is deleted: content that no name
// leads to, or that is not what it was stored as, and what can't be a drive's file, is moved to DATA/quarantine, where
// no collector looks. A file that can't be opened or read stops nothing: an object stays where it is, and the new
// catalog has it as unreadable; what is no object's link is moved to DATA/tree-unread, from where the next rebuild
// takes it up.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "common/clock.hpp"
#include "common/error.hpp"

namespace ndisk::storage {

class FileLayer;

struct RebuildOptions {
  std::string data_directory;
  // Although there is a catalog: it is moved to ndisk.db.damaged-TIME. And although the tree is stale: that is told as
  // something that is left.
  bool force = false;
  std::string sqlite_vfs;  // as in DriveOptions
  // Something that could not be taken over, or read: its path below the data directory, why, where it is kept, and what
  // to do about it.
  struct Left {
    std::string path;
    std::string cause;
    std::string advice;
  };
  std::function<void(const Left&)> on_left;
  std::function<void(std::uint64_t files)> on_progress;
};

struct RebuildReport {
  std::uint64_t users = 0;
  std::uint64_t folders = 0;
  std::uint64_t files = 0;
  std::uint64_t bytes = 0;
  std::uint64_t copied = 0;   // of the files: those that were no object's link, so their content was copied
  std::uint64_t left = 0;     // what could not be taken over, or proved; of this, what is unreadable is in `files` too
  std::uint64_t unnamed = 0;  // objects that no name leads to: earlier versions, trash, links; kept in quarantine
};

// Blocks for as long as reading everything takes. A crash or an error at any moment leaves the catalog that was there
// with all its content, or none (it was moved aside), and it can be done again. kConflict: a server has the directory
// open, or there is no `force` and a catalog, or a tree that is stale. kNotFound: there is no data directory, or no
// tree/ in it: then nobody knows the names, and nothing is changed.
[[nodiscard]] Result<RebuildReport> rebuild(const RebuildOptions& options, FileLayer& files, const Clock& clock);

}  // namespace ndisk::storage
