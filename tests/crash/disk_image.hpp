// DiskImage: all that stands on a disk: files and folders by number, and the names that lead to them. A value.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <expected>
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "common/bytes.hpp"
#include "common/clock.hpp"

namespace ndisk::crash {

using InodeId = std::uint64_t;

inline constexpr InodeId kRootFolder = 1;

struct Inode {
  bool is_folder = false;
  mode_t mode = 0;
  TimeNs mtime = 0;
  Bytes content;                         // of a file
  std::map<std::string, InodeId> names;  // of a folder
  InodeId parent = kRootFolder;          // of a folder: where its name stands
};

// Of type, mode, mtime and content, without names; as a database's log: of what SQLite would believe, and no mtime.
[[nodiscard]] std::uint64_t sum_of(const Inode& inode);
[[nodiscard]] std::uint64_t sum_as_log(const Inode& inode);

// Whether all of a database's log (NAME-wal) counts, or only what SQLite would believe.
enum class LogTails : std::uint8_t { kCount, kFolded };

class DiskImage {
 public:
  // An empty root.
  DiskImage();

  [[nodiscard]] const Inode* find(InodeId id) const;
  Inode* find(InodeId id);
  // Makes it unless it exists.
  Inode& make(InodeId id) { return inodes_[id]; }

  // The inode at `path` below `from`, or below the root if it begins with a slash. The error is an errno.
  [[nodiscard]] std::expected<InodeId, int> walk(InodeId from, std::string_view path) const;

  // Of every name with what stands at it: type, mode, mtime and content. Equal disks have equal ones.
  [[nodiscard]] std::uint64_t fingerprint(LogTails tails = LogTails::kCount) const;

  // Calls with every name there is, as a path from the root, and what it leads to; folders before what is in them.
  void visit(const std::function<void(const std::string& path, InodeId inode)>& with) const;
  // Calls with all there is, named or not.
  void visit_inodes(const std::function<void(InodeId, const Inode&)>& with) const;
  [[nodiscard]] InodeId highest() const { return inodes_.rbegin()->first; }

  // Forgets what no name leads to.
  void drop_unreachable();

 private:
  std::map<InodeId, Inode> inodes_;
};

}  // namespace ndisk::crash
