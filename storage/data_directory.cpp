#include "storage/data_directory.hpp"

#include <grp.h>

#include <cerrno>
#include <charconv>
#include <filesystem>
#include <vector>

namespace ndisk::storage {
namespace {

constexpr mode_t kRootMode = 0711;
constexpr mode_t kParentMode = 0755;
constexpr mode_t kPrivateMode = 0700;
constexpr mode_t kTreeMode = 0755;
constexpr std::size_t kGroupBufferBytes = 64 * 1024;

// Makes a folder unless it exists, with exactly this mode whatever the umask; opens it.
Result<Fd> open_folder(FileLayer& files, int parent, const std::string& name, mode_t mode, const std::string& shown) {
  const auto made = files.make_folder(parent, name, mode);
  if (!made && made.error().number != EEXIST) return fail_disk(made.error(), "make", shown);
  auto folder = files.open(parent, name, O_RDONLY | O_DIRECTORY);
  if (!folder) return fail_disk(folder.error(), "open", shown);
  if (made) {
    if (auto set = files.set_mode(folder->get(), mode); !set) return fail_disk(set.error(), "set the mode of", shown);
  }
  return std::move(*folder);
}

// Makes the name of a folder that was just made durable.
Result<void> sync_parent(FileLayer& files, const std::string& path) {
  // Who may write to a folder may not always read it: then all of the file system is synced from below.
  auto parent = files.open(AT_FDCWD, path + "/..", O_RDONLY | O_DIRECTORY);
  const bool unreadable = !parent && parent.error().number == EACCES;
  if (unreadable) parent = files.open(AT_FDCWD, path + "/.", O_RDONLY | O_DIRECTORY);
  if (!parent) return fail_disk(parent.error(), "open the parent of", path);
  const auto synced = unreadable ? files.sync_file_system(parent->get()) : files.sync(parent->get());
  if (!synced) return fail_disk(synced.error(), "sync the parent of", path);
  return {};
}

// As `mkdir -p` does, and durably.
Result<void> make_with_parents(FileLayer& files, const std::string& path, mode_t mode) {
  auto made = files.make_folder(AT_FDCWD, path, mode);
  if (!made && made.error().number == ENOENT) {
    const auto parent = std::filesystem::path(path).parent_path().string();
    if (parent.empty() || parent == path) return fail_disk(made.error(), "make the data directory", path);
    if (auto above = make_with_parents(files, parent, kParentMode); !above) return above;
    made = files.make_folder(AT_FDCWD, path, mode);
  }
  if (!made && made.error().number == EEXIST) return {};
  if (!made) return fail_disk(made.error(), "make the data directory", path);
  return sync_parent(files, path);
}

// The directory itself may be reached through a symbolic link: whoever gave its name is trusted.
Result<Fd> open_root(FileLayer& files, const std::string& path) {
  if (auto made = make_data_directory(files, path); !made) return std::unexpected(std::move(made.error()));
  auto root = files.open(AT_FDCWD, path + "/.", O_RDONLY | O_DIRECTORY);
  if (!root) return fail_disk(root.error(), "open the data directory", path);
  return std::move(*root);
}

Result<bool> exists(FileLayer& files, int root, const std::string& name, const std::string& path) {
  const auto status = files.status_at(root, name);
  if (!status && status.error().number != ENOENT) return fail_disk(status.error(), "look at", path + "/" + name);
  return status.has_value();
}

// SQLite gives its other files the mode of the database, so this one decides for all of them. Where there is no catalog
// yet, the directory becomes what it must be.
Result<void> make_catalog_file(FileLayer& files, int root, const std::string& path, bool has_objects) {
  const auto there = files.status_at(root, DataDirectory::kCatalogName);
  // SQLite would follow a link, to another file system even.
  if (there && there->type != FileType::kFile) {
    return fail(ErrorCode::kIntegrity, path + "/" + DataDirectory::kCatalogName + " is no ordinary file; put it back");
  }
  if (there) return {};
  if (there.error().number != ENOENT) {
    return fail_disk(there.error(), "look at", path + "/" + DataDirectory::kCatalogName);
  }
  if (has_objects) return fail_catalog_missing(path);
  if (auto set = files.set_mode(root, kRootMode); !set) return fail_disk(set.error(), "set the mode of", path);
  auto file = files.open(root, DataDirectory::kCatalogName, O_RDWR | O_CREAT, 0600);
  if (!file) return fail_disk(file.error(), "make", path + "/" + DataDirectory::kCatalogName);
  if (auto synced = files.sync(root); !synced) return fail_disk(synced.error(), "sync", path);
  return {};
}

Result<Fd> open_objects(FileLayer& files, int root, const std::string& path) {
  auto objects = open_folder(files, root, "objects", kPrivateMode, path + "/objects");
  if (!objects) return objects;
  for (unsigned first = 0; first < 256; ++first) {
    const auto name = object_folder_name(first);
    const auto made = files.make_folder(objects->get(), name, kPrivateMode);
    if (!made && made.error().number != EEXIST) return fail_disk(made.error(), "make a folder in", path + "/objects");
    if (made) continue;
    const auto there = files.status_at(objects->get(), name);
    if (!there) return fail_disk(there.error(), "look at", path + "/objects/" + name);
    if (there->type != FileType::kFolder) {
      return fail(ErrorCode::kIntegrity, path + "/objects/" + name + " is no folder; put back what was there");
    }
  }
  // Also if all were there: an earlier start may have been interrupted before this.
  if (auto synced = files.sync(objects->get()); !synced) return fail_disk(synced.error(), "sync", path + "/objects");
  return objects;
}

// By its number, or by its name.
Result<gid_t> find_group(const std::string& name) {
  gid_t number = 0;
  const auto parsed = std::from_chars(name.data(), name.data() + name.size(), number);
  if (parsed.ec == std::errc() && parsed.ptr == name.data() + name.size()) return number;
  group entry{};
  group* found = nullptr;
  std::vector<char> buffer(kGroupBufferBytes);
  const int code = ::getgrnam_r(name.c_str(), &entry, buffer.data(), buffer.size(), &found);
  if (code != 0) return fail_errno(code, "look up the group", name);
  if (found == nullptr) return fail(ErrorCode::kNotFound, "there is no group '" + name + "' for the tree");
  return found->gr_gid;
}

}  // namespace

Result<void> make_data_directory(FileLayer& files, const std::string& given_path) {
  std::error_code unknown;
  const auto path = std::filesystem::absolute(given_path, unknown).string();
  if (unknown) return fail_errno(unknown.value(), "find", given_path);
  return make_with_parents(files, path, kRootMode);
}

std::unexpected<Error> fail_catalog_missing(const std::string& path) {
  return fail(ErrorCode::kIntegrity,
              path +
                  ": the catalog is missing, but there are objects; restore a backup, or make it anew from tree/ "
                  "with: ndiskd rebuild. Nothing was changed");
}

Result<Fd> lock_data_directory(FileLayer& files, int root, const std::string& path) {
  auto lock = files.open(root, "lock", O_RDWR | O_CREAT, 0600);
  if (!lock) return fail_disk(lock.error(), "open", path + "/lock");
  if (auto taken = files.lock(lock->get()); !taken) {
    if (taken.error().number != EWOULDBLOCK) return fail_disk(taken.error(), "lock", path + "/lock");
    return fail(ErrorCode::kConflict,
                path + ": in use by another ndiskd; stop that one first, or choose another data directory");
  }
  return std::move(*lock);
}

std::string object_folder_name(unsigned first_byte) {
  constexpr char kDigits[] = "0123456789abcdef";
  return {kDigits[first_byte >> 4 & 15], kDigits[first_byte & 15]};
}

Result<DataDirectory> DataDirectory::open(FileLayer& files, const std::string& given_path) {
  std::error_code unknown;
  const auto path = std::filesystem::absolute(given_path, unknown).string();
  if (unknown) return fail_errno(unknown.value(), "find", given_path);
  DataDirectory directory;
  directory.path = path;
  auto root = open_root(files, path);
  if (!root) return std::unexpected(std::move(root.error()));
  directory.root = std::move(*root);
  auto lock = lock_data_directory(files, directory.root.get(), path);
  if (!lock) return std::unexpected(std::move(lock.error()));
  directory.lock = std::move(*lock);
  const auto has_objects = exists(files, directory.root.get(), "objects", path);
  if (!has_objects) return std::unexpected(has_objects.error());
  directory.has_objects = *has_objects;
  if (auto made = make_catalog_file(files, directory.root.get(), path, *has_objects); !made) {
    return std::unexpected(std::move(made.error()));
  }
  return directory;
}

Result<void> DataDirectory::open_folders(FileLayer& files, bool with_tree, const std::string& group_name) {
  auto opened_objects = open_objects(files, root.get(), path);
  if (!opened_objects) return std::unexpected(std::move(opened_objects.error()));
  objects = std::move(*opened_objects);
  auto opened_staging = open_folder(files, root.get(), "staging", kPrivateMode, path + "/staging");
  if (!opened_staging) return std::unexpected(std::move(opened_staging.error()));
  staging = std::move(*opened_staging);
  if (with_tree) {
    if (auto opened = open_tree(files, group_name); !opened) return opened;
  }
  // Every time: an earlier start may have been interrupted between making a name and this.
  if (auto synced = files.sync(root.get()); !synced) return fail_disk(synced.error(), "sync", path);
  return {};
}

Result<void> DataDirectory::open_tree(FileLayer& files, const std::string& group_name) {
  auto opened_tree = open_folder(files, root.get(), "tree", kTreeMode, path + "/tree");
  if (!opened_tree) return std::unexpected(std::move(opened_tree.error()));
  tree = std::move(*opened_tree);
  auto opened_graves = open_folder(files, root.get(), "tree-removed", kPrivateMode, path + "/tree-removed");
  if (!opened_graves) return std::unexpected(std::move(opened_graves.error()));
  graves = std::move(*opened_graves);
  if (group_name.empty()) return {};
  auto group = find_group(group_name);
  if (!group) return std::unexpected(std::move(group.error()));
  tree_group = *group;
  return {};
}

}  // namespace ndisk::storage
