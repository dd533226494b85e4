// DataDirectory: the layout of DATA, made at the first start and locked while it is open (docs/storage-format.md).
//
// Names that are not part of the layout (lost+found, the server's own files) are not touched. Immutable once open;
// any thread may use the descriptors while it lives.
#pragma once

#include <optional>
#include <string>

#include "storage/file_layer.hpp"

namespace ndisk::storage {

struct DataDirectory {
  std::string path;
  bool fresh = false;  // there was no catalog yet
  Fd root;
  Fd lock;
  Fd objects;
  Fd staging;
  Fd tree;                          // open if the tree is kept
  std::optional<gid_t> tree_group;  // that may read it

  // kConflict: another server has it open. kNotFound: its parent does not exist, or there is no such group.
  [[nodiscard]] static Result<DataDirectory> open(FileLayer& files, const std::string& path, bool with_tree,
                                                  const std::string& tree_group);
  [[nodiscard]] std::string catalog_path() const { return path + "/" + kCatalogName; }

  static constexpr char kCatalogName[] = "ndisk.db";
};

// Two hexadecimal digits: the folder of objects/ that holds digests which begin so.
[[nodiscard]] std::string object_folder_name(unsigned first_byte);

}  // namespace ndisk::storage
