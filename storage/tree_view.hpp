// TreeView: what DATA/tree shows at a path, looked at without following anything that somebody planted there.
//
// Changes nothing. Users and paths are those of the catalog; the empty path is the user's own folder. Every call says
// ENOTDIR if a folder above is missing, or is none, or has a name that this file system refuses. One thread at a time;
// `tree` must outlive it.
#pragma once

#include <string>

#include "storage/file_layer.hpp"

namespace ndisk::storage {

class TreeView {
 public:
  TreeView(FileLayer& files, int tree) : files_(files), tree_(tree) {}

  [[nodiscard]] DiskResult<FileStatus> status(const std::string& user, const std::string& path);
  // For reading its names. ENOTDIR also if it is itself no folder, or missing.
  [[nodiscard]] DiskResult<Fd> open_folder(const std::string& user, const std::string& path);
  // For reading, whatever it is: a pipe does not block.
  [[nodiscard]] DiskResult<Fd> open_file(const std::string& user, const std::string& path);
  // The folder of the last call is remembered for the next; it may stand elsewhere by now.
  void forget() { parent_.reset(); }

 private:
  DiskResult<Fd> walk(std::string_view folders);
  DiskResult<int> open_parent(std::string_view folders);

  FileLayer& files_;
  const int tree_;
  std::string parent_path_;
  Fd parent_;
};

}  // namespace ndisk::storage
