#include "storage/stale_tree.hpp"

#include <cerrno>

namespace ndisk::storage {
namespace {

constexpr char kName[] = "tree-stale";
constexpr mode_t kMode = 0600;

Result<bool> has(FileLayer& files, const DataDirectory& directory, const std::string& name) {
  const auto status = files.status_at(directory.root.get(), name);
  if (!status && status.error().number != ENOENT) {
    return fail_disk(status.error(), "look at", directory.path + "/" + name);
  }
  return status.has_value();
}

}  // namespace

Result<bool> is_tree_stale(FileLayer& files, const DataDirectory& directory) { return has(files, directory, kName); }

Result<void> note_stale_tree(FileLayer& files, const DataDirectory& directory) {
  const auto has_tree = has(files, directory, "tree");
  if (!has_tree) return std::unexpected(has_tree.error());
  if (!*has_tree) return {};
  const int root = directory.root.get();
  if (auto made = files.open(root, kName, O_WRONLY | O_CREAT, kMode); !made) {
    return fail_disk(made.error(), "make", directory.path + "/" + kName);
  }
  if (auto synced = files.sync(root); !synced) return fail_disk(synced.error(), "sync", directory.path);
  return {};
}

DiskResult<> forget_stale_tree(FileLayer& files, const DataDirectory& directory) {
  auto gone = files.remove_file(directory.root.get(), kName);
  return gone || gone.error().number == ENOENT ? DiskResult<>() : gone;
}

}  // namespace ndisk::storage
