// Cursor: goes along a record of operations, and says at each boundary between two of them what a power cut there may
// take, and what disk it leaves.
//
// What counts as synced is what POSIX promises and no more: syncing a file keeps its content, its mode and its times,
// not its name; syncing a folder keeps the names in it, not what they stand for; a rename is kept once both folders
// are synced, and is done whole or not at all. Everything else may be lost, each by itself, whatever came later.
#pragma once

#include <set>

#include "tests/crash/operation.hpp"

namespace ndisk::crash {

class Cursor {
 public:
  // Both must outlive it. `initial` is durable.
  Cursor(const DiskImage& initial, const std::vector<Operation>& record) : record_(record), base_(initial) {}

  // Forward only: the boundary after this many operations.
  void advance_to(std::size_t boundary);

  // Places in the record of what may be lost here, in order.
  [[nodiscard]] const std::vector<std::size_t>& pending() const { return pending_; }
  [[nodiscard]] DiskImage disk_after(const Losses& losses) const;
  // The disk after the operations before base_end(), none of which can be lost.
  [[nodiscard]] const DiskImage& base() const { return base_; }
  [[nodiscard]] std::size_t base_end() const { return base_end_; }
  [[nodiscard]] std::size_t boundary() const { return boundary_; }

 private:
  void step(std::size_t place);
  void settle(const Operation& sync);
  // Whether this sync leaves nothing to lose of the operation.
  bool is_settled(std::size_t place, const Operation& sync);
  bool is_rename_settled(std::size_t place, InodeId synced);

  const std::vector<Operation>& record_;
  DiskImage base_;
  std::size_t base_end_ = 0;
  std::size_t boundary_ = 0;
  std::vector<std::size_t> pending_;
  std::map<std::size_t, std::set<InodeId>> unsynced_folders_;  // of renames
};

}  // namespace ndisk::crash
