// TreeFolder: DATA/tree/USER, where one user's current files stand as ordinary files.
//
// People can write there too: what they planted is never followed, and gives way when its name is needed. A folder is
// removed by moving it into the grave; whoever calls sees to it that the grave is emptied. One thread at a time; the
// descriptors and the grave must outlive it.
#pragma once

#include <string>

#include "storage/tree_grave.hpp"

namespace ndisk::storage {

class TreeFolder {
 public:
  // `objects` is the folder that object names are relative to.
  TreeFolder(FileLayer& files, int objects, TreeGrave& grave, Fd root)
      : files_(files), objects_(objects), grave_(grave), root_(std::move(root)) {}

  // Makes the path show the object, with parents as needed, replacing what is there at once. An object that is gone
  // is skipped: a later entry removes or replaces the path.
  [[nodiscard]] DiskResult<> link(const std::string& path, const std::string& object);
  [[nodiscard]] DiskResult<> make_folder(const std::string& path);
  // Moves a folder with all in it, with the target's parents as needed; what stands at the target gives way. One that
  // is not there is not moved.
  [[nodiscard]] DiskResult<> rename(const std::string& path, const std::string& target);
  // A file, or a folder with all in it; the empty path empties the whole tree. What is gone already is fine.
  [[nodiscard]] DiskResult<> remove(const std::string& path);

 private:
  enum class Missing { kMake, kFail };
  DiskResult<int> open_parent(const std::string& path, Missing missing);
  DiskResult<Fd> walk(std::string_view folders, Missing missing);
  DiskResult<Fd> enter(int folder, const std::string& name, Missing missing);
  DiskResult<> link_in(int parent, const std::string& name, const std::string& object);
  DiskResult<> replace(int parent, const std::string& name, const std::string& object);
  DiskResult<> copy(const std::string& object);
  DiskResult<> remove_all();
  DiskResult<> bury(int parent, const std::string& name);

  FileLayer& files_;
  const int objects_;
  TreeGrave& grave_;
  const Fd root_;
  // The folder of the last path, remembered for the next: files come folder by folder.
  std::string parent_path_;
  Fd parent_;
  bool stale_ = false;
};

}  // namespace ndisk::storage
