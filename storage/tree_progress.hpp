// TreeProgress: up to which entry of the outbox DATA/tree is done, for those that can't be done twice.
//
// Making and removing a name twice gives the same end; moving a folder twice does not, once something else stands at
// the first name. So the number is kept beside the tree, before and after each move, as the name of an empty file,
// DATA/tree-progress.NUMBER: a file system that keeps the order of its changes never shows it without what came before.
// One thread at a time; `folder` must outlive it.
#pragma once

#include "storage/numbered_name.hpp"

namespace ndisk::storage {

class TreeProgress {
 public:
  TreeProgress(FileLayer& files, int folder) : name_(files, folder, "tree-progress") {}

  // The number; 0 if none was noted.
  [[nodiscard]] DiskResult<std::int64_t> load() { return name_.load(); }
  // All entries up to this number are done.
  [[nodiscard]] DiskResult<> note(std::int64_t number);
  // Nothing that was noted, or will be, can be believed: until forget(), load() says a number that no entry has, or 0
  // as long as nothing is noted. Also where this fails, what is noted later says so.
  [[nodiscard]] DiskResult<> note_lost();
  // As if nothing had been noted.
  [[nodiscard]] DiskResult<> forget();

 private:
  NumberedName name_;
  bool lost_ = false;
};

}  // namespace ndisk::storage
