// RebuildUnread: DATA/tree-unread, where a rebuild moves files of the tree that it can't read and that are no object's
// link. They lie there as they lay in the tree, USER/PATH, for the next start makes tree/ anew; the next rebuild reads
// them from there, and moves back into the tree what it took up. One thread at a time; all must outlive it.
#pragma once

#include <string>

#include "storage/data_directory.hpp"
#include "storage/file_layer.hpp"

namespace ndisk::storage {

class RebuildUnread {
 public:
  static constexpr char kName[] = "tree-unread";

  RebuildUnread(FileLayer& files, const DataDirectory& directory) : files_(files), directory_(directory) {}

  // For reading; closed if there is none.
  [[nodiscard]] Result<Fd> open();
  // Moves what has this name in this folder, which is open for reading; `path` is the user's, of parts joined by '/'.
  // Durable when it returns.
  // kConflict: something has this path there already.
  [[nodiscard]] Result<void> keep(int folder, const std::string& user, const std::string& path);
  // Moves it back to where it lay in the tree; durable when it returns. kConflict: something has its place there.
  [[nodiscard]] Result<void> give_back(const std::string& user, const std::string& path);

 private:
  Result<Fd> make_folder(int parent, const std::string& name, mode_t mode);
  Result<Fd> make_parents(int root, const std::string& user, const std::string& path, mode_t mode);

  FileLayer& files_;
  const DataDirectory& directory_;
};

}  // namespace ndisk::storage
