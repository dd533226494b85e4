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
  std::string path;          // absolute
  bool has_objects = false;  // objects/ was there before this start: so was a catalog
  Fd root;
  Fd lock;
  Fd objects;
  Fd staging;
  Fd tree;                          // open if the tree is kept, as is the next
  Fd graves;                        // what left the tree, on its way out
  std::optional<gid_t> tree_group;  // that may read it
  bool keep_tree_group = false;     // whoever may read it, stays so

  // Takes the lock; makes the directory with its parents and an empty catalog file, if need be, and nothing else.
  // kConflict: another server has it open. kIntegrity: there are objects, but no catalog; nothing was changed.
  [[nodiscard]] static Result<DataDirectory> open(FileLayer& files, const std::string& path);
  // Makes what is missing of the rest. kNotFound: there is no such group.
  [[nodiscard]] Result<void> open_folders(FileLayer& files, bool with_tree, const std::string& group_name);
  [[nodiscard]] std::string catalog_path() const { return path + "/" + kCatalogName; }

  Result<void> open_tree(FileLayer& files, const std::string& group_name);

  static constexpr char kCatalogName[] = "ndisk.db";
};

// As `mkdir -p` does, and durably: the data directory alone, 0711, its parents 0755. What is there stays as it is.
[[nodiscard]] Result<void> make_data_directory(FileLayer& files, const std::string& path);

// The lock of a data directory whose root is open. kConflict: somebody else has it.
[[nodiscard]] Result<Fd> lock_data_directory(FileLayer& files, int root, const std::string& path);

// kIntegrity: a first start commits its catalog before it makes objects/, so one without the other was lost.
[[nodiscard]] std::unexpected<Error> fail_catalog_missing(const std::string& path);

// Two hexadecimal digits: the folder of objects/ that holds digests which begin so.
[[nodiscard]] std::string object_folder_name(unsigned first_byte);

}  // namespace ndisk::storage
