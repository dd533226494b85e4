// TreeGrave: DATA/tree-removed, where what left DATA/tree goes, to be removed for good out of sight.
//
// A folder leaves the tree whole, by one rename, and is emptied here with two open folders at a time, however deep it
// is. Files on their way into the tree have their temporary name here too. stop() may be called from any thread, the
// rest belongs to one; `folder` must outlive it.
#pragma once

#include <atomic>
#include <string>

#include "storage/file_layer.hpp"

namespace ndisk::storage {

class TreeGrave {
 public:
  TreeGrave(FileLayer& files, int folder) : files_(files), folder_(folder) {}

  [[nodiscard]] int folder() const { return folder_; }
  // Moves a folder here. What is none goes at once: a process that is confined may move nothing but folders.
  [[nodiscard]] DiskResult<> bury(int parent, const std::string& name);
  // Something was buried since the last empty().
  [[nodiscard]] bool is_used() const { return used_; }
  // Removes all that is here. ECANCELED after stop().
  [[nodiscard]] DiskResult<> empty();

  // Long work ends soon: empty(), and whoever asks is_stopped().
  void stop() { stopped_ = true; }
  [[nodiscard]] bool is_stopped() const { return stopped_; }

 private:
  DiskResult<> flatten(const std::string& name);

  FileLayer& files_;
  const int folder_;
  bool used_ = false;
  std::atomic<bool> stopped_ = false;
};

}  // namespace ndisk::storage
