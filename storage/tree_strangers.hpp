// TreeStrangers: what people put into DATA/tree, and what else stands there without being the store's: a repair moves
// it to DATA/quarantine before the mirror makes the name anew, for nobody else may have it.
//
// Proven to be the store's own, and left to the mirror, is a hard link to an object as the catalog has it. A folder is
// moved with all in it, unless every file in it is such a link. What is neither a file nor a folder has no content: it
// is moved where the process may do that, and left to the mirror, which removes it, where a process that is confined
// may not. Nothing is followed. One thread at a time; all parts must outlive it.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "storage/check_phase.hpp"
#include "storage/tree_view.hpp"

namespace ndisk::storage {

class TreeStrangers {
 public:
  explicit TreeStrangers(const CheckedParts& parts) : parts_(parts), view_(parts.files, parts.directory.tree.get()) {}

  // Of what stands at this path of a user; with an empty path, in place of the user's own folder. Returns where it is
  // kept, "quarantine/NAME", if it was moved; durable then.
  [[nodiscard]] Result<std::optional<std::string>> put_aside(const std::string& user, const std::string& path);
  struct Kept {
    std::string user;
    std::string path;
    std::string name;  // as put_aside() returns it
  };
  // The same, wherever current files with this object's content stand; tells of each that was moved. `known`: see
  // object_versions.hpp.
  [[nodiscard]] Result<void> put_aside_for(const ObjectRow& object, const std::vector<std::uint64_t>& known,
                                           const std::function<void(const Kept&)>& on_kept);

 private:
  Result<std::optional<std::string>> put_aside_in(int folder, const std::string& name);
  Result<bool> is_own(const FileStatus& file);
  Result<bool> is_all_own(int folder, int depth);
  Result<std::optional<std::string>> put_folder_aside(int folder, const std::string& name);
  Result<std::vector<std::string>> paths_of(const ObjectRow& object, const std::vector<std::uint64_t>& known,
                                            std::uint64_t& after, std::string& user);

  CheckedParts parts_;
  TreeView view_;
  // Of the object in question, whatever its row says of its file.
  std::optional<FileStatus> object_;
};

}  // namespace ndisk::storage
