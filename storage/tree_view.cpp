#include "storage/tree_view.hpp"

#include <algorithm>
#include <cerrno>

namespace ndisk::storage {
namespace {

constexpr int kWalkFlags = O_PATH | O_DIRECTORY;

std::string whole_path(const std::string& user, const std::string& path) {
  return path.empty() ? user : user + '/' + path;
}

struct SplitPath {
  std::string_view folders;
  std::string name;
};

SplitPath split(std::string_view path) {
  const auto slash = path.rfind('/');
  if (slash == path.npos) return {{}, std::string(path)};
  return {path.substr(0, slash), std::string(path.substr(slash + 1))};
}

bool is_no_folder(Errno error) {
  switch (error.number) {
    case ENOENT:
    case ENOTDIR:
    case ELOOP:
    case ENAMETOOLONG:
    case EINVAL:
    case EILSEQ: return true;
    default: return false;
  }
}

}  // namespace

// By one call; component by component where the path is too long for that.
DiskResult<Fd> TreeView::walk(std::string_view folders) {
  if (!folders.empty()) {
    if (auto beneath = files_.open_beneath(tree_, std::string(folders), kWalkFlags)) return beneath;
  }
  auto folder = files_.open(tree_, ".", kWalkFlags);
  while (folder && !folders.empty()) {
    const auto slash = std::min(folders.find('/'), folders.size());
    folder = files_.open(folder->get(), std::string(folders.substr(0, slash)), kWalkFlags);
    folders.remove_prefix(std::min(slash + 1, folders.size()));
  }
  if (!folder && is_no_folder(folder.error())) return std::unexpected(Errno{ENOTDIR});
  return folder;
}

DiskResult<int> TreeView::open_parent(std::string_view folders) {
  if (parent_.is_open() && parent_path_ == folders) return parent_.get();
  auto parent = walk(folders);
  if (!parent) return std::unexpected(parent.error());
  parent_ = std::move(*parent);
  parent_path_ = folders;
  return parent_.get();
}

DiskResult<FileStatus> TreeView::status(const std::string& user, const std::string& path) {
  const auto whole = whole_path(user, path);
  const auto at = split(whole);
  const auto parent = open_parent(at.folders);
  if (!parent) return std::unexpected(parent.error());
  return files_.status_at(*parent, at.name);
}

DiskResult<Fd> TreeView::open_folder(const std::string& user, const std::string& path) {
  const auto folder = walk(whole_path(user, path));
  if (!folder) return std::unexpected(folder.error());
  return files_.open(folder->get(), ".", O_RDONLY | O_DIRECTORY);
}

DiskResult<Fd> TreeView::open_file(const std::string& user, const std::string& path) {
  const auto whole = whole_path(user, path);
  const auto at = split(whole);
  const auto parent = open_parent(at.folders);
  if (!parent) return std::unexpected(parent.error());
  return files_.open(*parent, at.name, O_RDONLY | O_NONBLOCK);
}

}  // namespace ndisk::storage
