#include "storage/tree_folder.hpp"

#include <cerrno>
#include <vector>

#include "storage/large_buffer.hpp"

namespace ndisk::storage {
namespace {

constexpr mode_t kFolderMode = 0755;
constexpr mode_t kFileMode = 0444;
constexpr char kTemporary[] = "tree-new";
constexpr std::size_t kCopyBytes = 256 * 1024;
constexpr int kWalkFlags = O_PATH | O_DIRECTORY;

std::unexpected<Errno> failed(int number) { return std::unexpected(Errno{number}); }

// What is in the way of a folder: a file, or a symbolic link that somebody planted.
bool is_in_the_way(Errno error) { return error.number == ENOTDIR || error.number == ELOOP; }

// Something stands where a folder is to be that one rename can't replace.
bool is_taken(Errno error) {
  return error.number == ENOTEMPTY || error.number == EEXIST || error.number == ENOTDIR || error.number == EISDIR;
}

// The file system has no hard links, or this file has all it may have.
bool can_not_link(Errno error) {
  return error.number == EMLINK || error.number == EPERM || error.number == EOPNOTSUPP || error.number == EXDEV;
}

struct SplitPath {
  std::string_view folders;
  std::string name;
};

SplitPath split(const std::string& path) {
  const auto slash = path.rfind('/');
  if (slash == path.npos) return {{}, path};
  return {std::string_view(path).substr(0, slash), path.substr(slash + 1)};
}

}  // namespace

// What is no folder goes at once: nothing but folders, and files of ours, may be moved by a process that is confined.
DiskResult<> TreeFolder::bury(int parent, const std::string& name) {
  if (auto removed = files_.remove_file(parent, name)) return removed;
  auto moved = grave_.bury(parent, name);
  // The remembered folder may be the one that moved, or be below it.
  stale_ = true;
  return moved;
}

// Goes into a folder; makes it, in place of whatever is there, if asked to.
DiskResult<Fd> TreeFolder::enter(int folder, const std::string& name, Missing missing) {
  auto entered = files_.open(folder, name, kWalkFlags);
  if (entered) return entered;
  const auto error = entered.error();
  if (missing == Missing::kFail) return is_in_the_way(error) ? failed(ENOENT) : failed(error.number);
  if (is_in_the_way(error)) {
    if (auto buried = bury(folder, name); !buried) return std::unexpected(buried.error());
  } else if (error.number != ENOENT) {
    return entered;
  }
  if (auto made = files_.make_folder(folder, name, kFolderMode); !made) return std::unexpected(made.error());
  auto fresh = files_.open(folder, name, O_RDONLY | O_DIRECTORY);
  if (!fresh) return fresh;
  if (auto set = files_.set_mode(fresh->get(), kFolderMode); !set) return std::unexpected(set.error());
  return fresh;
}

// By one call where that is possible; component by component where something is missing or in the way, or where
// the path is longer than a call takes.
DiskResult<Fd> TreeFolder::walk(std::string_view folders, Missing missing) {
  if (!folders.empty()) {
    if (auto beneath = files_.open_beneath(root_.get(), std::string(folders), kWalkFlags)) return beneath;
  }
  auto folder = files_.open(root_.get(), ".", kWalkFlags);
  while (folder && !folders.empty()) {
    const auto slash = std::min(folders.find('/'), folders.size());
    folder = enter(folder->get(), std::string(folders.substr(0, slash)), missing);
    folders.remove_prefix(std::min(slash + 1, folders.size()));
  }
  return folder;
}

DiskResult<int> TreeFolder::open_parent(const std::string& path, Missing missing) {
  const auto folders = split(path).folders;
  if (parent_.is_open() && parent_path_ == folders && !stale_) return parent_.get();
  auto parent = walk(folders, missing);
  if (!parent) return std::unexpected(parent.error());
  parent_ = std::move(*parent);
  parent_path_ = folders;
  stale_ = false;
  return parent_.get();
}

DiskResult<> TreeFolder::link(const std::string& path, const std::string& object) {
  const auto name = split(path).name;
  for (const bool last_try : {false, true}) {
    auto parent = open_parent(path, Missing::kMake);
    if (!parent) return std::unexpected(parent.error());
    auto linked = link_in(*parent, name, object);
    if (linked || linked.error().number != ENOENT) return linked;
    // Either the object is gone, or somebody removed the folder that is remembered here.
    stale_ = true;
    const auto there = files_.status_at(objects_, object);
    if (!there) return there.error().number == ENOENT ? DiskResult<>() : std::unexpected(there.error());
    if (last_try) return linked;
  }
  return {};
}

DiskResult<> TreeFolder::link_in(int parent, const std::string& name, const std::string& object) {
  const auto linked = files_.link(objects_, object, parent, name);
  if (linked) return linked;
  if (linked.error().number != EEXIST) return can_not_link(linked.error()) ? replace(parent, name, object) : linked;
  const auto there = files_.status_at(parent, name);
  const auto wanted = files_.status_at(objects_, object);
  if (!wanted) return std::unexpected(wanted.error());
  if (there && there->inode == wanted->inode && there->device == wanted->device) return {};
  if (there && there->type == FileType::kFolder) {
    if (auto buried = bury(parent, name); !buried) return buried;
  }
  return replace(parent, name, object);
}

DiskResult<> TreeFolder::replace(int parent, const std::string& name, const std::string& object) {
  // Left by a crash, if it is there at all.
  (void)files_.remove_file(grave_.folder(), kTemporary);
  auto made = files_.link(objects_, object, grave_.folder(), kTemporary);
  if (!made && can_not_link(made.error())) made = copy(object);
  if (!made) return made;
  auto renamed = files_.rename(grave_.folder(), kTemporary, parent, name);
  if (!renamed) (void)files_.remove_file(grave_.folder(), kTemporary);
  return renamed;
}

DiskResult<> TreeFolder::copy(const std::string& object) {
  auto from = files_.open(objects_, object, O_RDONLY);
  if (!from) return std::unexpected(from.error());
  auto to = files_.open(grave_.folder(), kTemporary, O_WRONLY | O_CREAT | O_EXCL, kFileMode);
  if (!to) return std::unexpected(to.error());
  auto buffer = make_buffer(kCopyBytes);
  if (!buffer) return std::unexpected(buffer.error());
  for (std::uint64_t offset = 0;;) {
    const auto count = files_.read_at(from->get(), *buffer, offset);
    if (!count) return std::unexpected(count.error());
    if (*count == 0) return files_.set_mode(to->get(), kFileMode);
    if (grave_.is_stopped()) return failed(ECANCELED);
    if (auto done = files_.write_at(to->get(), ByteView(*buffer).first(*count), offset); !done) return done;
    offset += *count;
  }
}

DiskResult<> TreeFolder::make_folder(const std::string& path) {
  auto parent = open_parent(path, Missing::kMake);
  if (!parent) return std::unexpected(parent.error());
  auto made = enter(*parent, split(path).name, Missing::kMake);
  if (!made && made.error().number == ENOENT) {
    stale_ = true;
    made = walk(path, Missing::kMake);
  }
  if (!made) return std::unexpected(made.error());
  return {};
}

DiskResult<> TreeFolder::rename(const std::string& path, const std::string& target) {
  const auto from = split(path);
  const auto to = split(target);
  auto from_folder = walk(from.folders, Missing::kFail);
  if (!from_folder) return from_folder.error().number == ENOENT ? DiskResult<>() : std::unexpected(from_folder.error());
  const auto there = files_.status_at(from_folder->get(), from.name);
  if (!there) return there.error().number == ENOENT ? DiskResult<>() : std::unexpected(there.error());
  auto to_folder = walk(to.folders, Missing::kMake);
  if (!to_folder) return std::unexpected(to_folder.error());
  // The remembered folder may be the one that moves, or be below it.
  stale_ = true;
  auto renamed = files_.rename(from_folder->get(), from.name, to_folder->get(), to.name);
  if (renamed || !is_taken(renamed.error())) return renamed;
  if (auto buried = bury(to_folder->get(), to.name); !buried) return buried;
  return files_.rename(from_folder->get(), from.name, to_folder->get(), to.name);
}

DiskResult<> TreeFolder::remove(const std::string& path) {
  if (path.empty()) return remove_all();
  auto parent = open_parent(path, Missing::kFail);
  if (!parent) return parent.error().number == ENOENT ? DiskResult<>() : std::unexpected(parent.error());
  const auto name = split(path).name;
  const auto removed = files_.remove_file(*parent, name);
  if (removed || removed.error().number == ENOENT) return {};
  return bury(*parent, name);
}

DiskResult<> TreeFolder::remove_all() {
  auto all = files_.open(root_.get(), ".", O_RDONLY | O_DIRECTORY);
  if (!all) return std::unexpected(all.error());
  for (;;) {
    auto names = some_names(files_, all->get());
    if (!names) return std::unexpected(names.error());
    if (names->empty()) return {};
    for (const auto& name : *names) {
      if (auto buried = bury(all->get(), name); !buried) return buried;
    }
  }
}

}  // namespace ndisk::storage
