#include "tests/crash/simulated_disk.hpp"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>

namespace ndisk::crash {
namespace {

using Lock = std::scoped_lock<std::mutex>;

}  // namespace

SimulatedDisk::SimulatedDisk(DiskImage image) : image_(std::move(image)) {
  paths_[kRootFolder] = "";
  next_inode_ = std::max(next_inode_, image_.highest() + 1);
  first_made_here_ = next_inode_;
  image_.visit([this](const std::string& path, InodeId inode) { paths_.try_emplace(inode, path); });
}

std::string SimulatedDisk::path_of(InodeId inode, const std::string& name) const {
  const auto known = paths_.find(inode);
  const auto path = known == paths_.end() ? "#" + std::to_string(inode) : known->second;
  return name.empty() ? path : path + "/" + name;
}

void SimulatedDisk::look(InodeId inode) const {
  if (inode < first_made_here_) looked_at_.insert(inode);
}

void SimulatedDisk::perform(Operation operation) {
  if (is_sync(operation) && ignored_ && ignored_(operation)) return;
  if (changes_inode(operation)) look(operation.inode);
  time_ += 1'000'000;
  const bool stamps =
      operation.action == Action::kMake || operation.action == Action::kWrite || operation.action == Action::kTruncate;
  if (stamps) operation.time = time_;
  apply(image_, operation);
  record_.push_back(std::move(operation));
}

DiskAnswer<InodeId> SimulatedDisk::find(InodeId from, const std::string& path) const {
  const Lock lock(mutex_);
  return image_.walk(from, path);
}

// The folder that holds, or is to hold, the last component.
DiskAnswer<SimulatedDisk::Place> SimulatedDisk::place_of(InodeId from, const std::string& path) const {
  const auto slash = path.rfind('/');
  const auto name = slash == path.npos ? path : path.substr(slash + 1);
  if (name.empty() || name == "." || name == "..") return std::unexpected(EINVAL);
  const auto folder = image_.walk(from, slash == path.npos ? "" : path.substr(0, slash + 1));
  if (!folder) return std::unexpected(folder.error());
  if (!image_.find(*folder)->is_folder) return std::unexpected(ENOTDIR);
  return Place{*folder, name};
}

DiskAnswer<InodeId> SimulatedDisk::make(const Place& place, mode_t mode, bool is_folder) {
  Operation operation;
  operation.action = Action::kMake;
  operation.inode = next_inode_++;
  operation.folder = place.folder;
  operation.name = place.name;
  operation.mode = mode;
  operation.is_folder = is_folder;
  operation.path = paths_[operation.inode] = path_of(place.folder, place.name);
  const auto inode = operation.inode;
  perform(std::move(operation));
  return inode;
}

DiskAnswer<InodeId> SimulatedDisk::open(InodeId from, const std::string& path, int flags, mode_t mode) {
  const Lock lock(mutex_);
  const auto found = image_.walk(from, path);
  if (!found) {
    if (found.error() != ENOENT || (flags & O_CREAT) == 0) return found;
    const auto place = place_of(from, path);
    if (!place) return std::unexpected(place.error());
    return make(*place, mode, false);
  }
  if ((flags & O_CREAT) != 0 && (flags & O_EXCL) != 0) return std::unexpected(EEXIST);
  const auto* inode = image_.find(*found);
  if ((flags & O_DIRECTORY) != 0 && !inode->is_folder) return std::unexpected(ENOTDIR);
  if ((flags & O_ACCMODE) != O_RDONLY && inode->is_folder) return std::unexpected(EISDIR);
  if ((flags & O_TRUNC) != 0) look(*found);
  if ((flags & O_TRUNC) != 0 && !inode->content.empty()) {
    perform({.action = Action::kTruncate, .inode = *found, .path = path_of(*found)});
  }
  return found;
}

DiskAnswer<InodeStatus> SimulatedDisk::status(InodeId id) const {
  const Lock lock(mutex_);
  look(id);
  const auto* inode = image_.find(id);
  if (inode == nullptr) return std::unexpected(EBADF);
  return InodeStatus{inode->is_folder, inode->content.size(), inode->mtime, inode->mode};
}

DiskAnswer<std::vector<std::string>> SimulatedDisk::names(InodeId folder) const {
  const Lock lock(mutex_);
  const auto* inode = image_.find(folder);
  if (inode == nullptr || !inode->is_folder) return std::unexpected(ENOTDIR);
  std::vector<std::string> names;
  for (const auto& [name, child] : inode->names) names.push_back(name);
  return names;
}

DiskAnswer<std::size_t> SimulatedDisk::read(InodeId file, std::span<std::uint8_t> out, std::uint64_t offset) const {
  const Lock lock(mutex_);
  look(file);
  const auto* inode = image_.find(file);
  if (inode == nullptr) return std::unexpected(EBADF);
  if (inode->is_folder) return std::unexpected(EISDIR);
  if (offset >= inode->content.size()) return 0;
  const auto count = std::min<std::size_t>(out.size(), inode->content.size() - offset);
  std::copy_n(inode->content.begin() + static_cast<std::ptrdiff_t>(offset), count, out.begin());
  return count;
}

DiskAnswer<> SimulatedDisk::write(InodeId file, ByteView bytes, std::uint64_t offset) {
  const Lock lock(mutex_);
  if (bytes.empty()) return {};
  perform({.action = Action::kWrite,
           .inode = file,
           .offset = offset,
           .bytes = Bytes(bytes.begin(), bytes.end()),
           .path = path_of(file)});
  return {};
}

DiskAnswer<> SimulatedDisk::truncate(InodeId file, std::uint64_t size) {
  const Lock lock(mutex_);
  look(file);
  const auto* inode = image_.find(file);
  if (inode != nullptr && inode->content.size() == size) return {};
  perform({.action = Action::kTruncate, .inode = file, .offset = size, .path = path_of(file)});
  return {};
}

DiskAnswer<> SimulatedDisk::set_mode(InodeId inode, mode_t mode) {
  const Lock lock(mutex_);
  look(inode);
  const auto* known = image_.find(inode);
  if (known != nullptr && known->mode == mode) return {};
  perform({.action = Action::kSetMode, .inode = inode, .mode = mode, .path = path_of(inode)});
  return {};
}

DiskAnswer<> SimulatedDisk::set_mtime(InodeId inode, TimeNs mtime) {
  const Lock lock(mutex_);
  perform({.action = Action::kSetMtime, .inode = inode, .time = mtime, .path = path_of(inode)});
  return {};
}

DiskAnswer<> SimulatedDisk::sync(InodeId inode) {
  const Lock lock(mutex_);
  perform({.action = Action::kSync, .inode = inode, .path = path_of(inode)});
  return {};
}

DiskAnswer<> SimulatedDisk::sync_data(InodeId file) {
  const Lock lock(mutex_);
  perform({.action = Action::kSyncData, .inode = file, .path = path_of(file)});
  return {};
}

DiskAnswer<> SimulatedDisk::sync_all() {
  const Lock lock(mutex_);
  perform({.action = Action::kSyncAll});
  return {};
}

DiskAnswer<> SimulatedDisk::make_folder(InodeId from, const std::string& path, mode_t mode) {
  const Lock lock(mutex_);
  if (image_.walk(from, path)) return std::unexpected(EEXIST);
  const auto place = place_of(from, path);
  if (!place) return std::unexpected(place.error());
  if (const auto made = make(*place, mode, true); !made) return std::unexpected(made.error());
  return {};
}

DiskAnswer<> SimulatedDisk::link(InodeId from, const std::string& old_path, InodeId to, const std::string& new_path) {
  const Lock lock(mutex_);
  const auto source = image_.walk(from, old_path);
  if (!source) return std::unexpected(source.error());
  if (image_.find(*source)->is_folder) return std::unexpected(EPERM);
  if (image_.walk(to, new_path)) return std::unexpected(EEXIST);
  const auto place = place_of(to, new_path);
  if (!place) return std::unexpected(place.error());
  perform({.action = Action::kLink,
           .inode = *source,
           .folder = place->folder,
           .name = place->name,
           .path = path_of(place->folder, place->name)});
  return {};
}

// What rename(2) refuses to put `by` over.
DiskAnswer<> SimulatedDisk::check_replaceable(const Place& place, InodeId by) const {
  const auto there = image_.walk(place.folder, place.name);
  if (!there) return {};
  const auto* old = image_.find(*there);
  const bool is_folder = image_.find(by)->is_folder;
  if (is_folder && !old->is_folder) return std::unexpected(ENOTDIR);
  if (!is_folder && old->is_folder) return std::unexpected(EISDIR);
  if (is_folder && !old->names.empty()) return std::unexpected(ENOTEMPTY);
  return {};
}

DiskAnswer<> SimulatedDisk::rename(InodeId from, const std::string& old_path, InodeId to, const std::string& new_path) {
  const Lock lock(mutex_);
  const auto source = place_of(from, old_path);
  if (!source) return std::unexpected(source.error());
  const auto inode = image_.walk(source->folder, source->name);
  if (!inode) return std::unexpected(inode.error());
  const auto target = place_of(to, new_path);
  if (!target) return std::unexpected(target.error());
  const auto there = image_.walk(target->folder, target->name);
  if (there && *there == *inode) return {};
  for (auto above = target->folder; above != kRootFolder; above = image_.find(above)->parent) {
    if (above == *inode) return std::unexpected(EINVAL);
  }
  if (auto can = check_replaceable(*target, *inode); !can) return can;
  const auto path = paths_[*inode] = path_of(target->folder, target->name);
  perform({.action = Action::kRename,
           .inode = *inode,
           .folder = source->folder,
           .name = source->name,
           .to_folder = target->folder,
           .to_name = target->name,
           .path = path});
  return {};
}

DiskAnswer<> SimulatedDisk::remove(InodeId from, const std::string& path, bool folders) {
  const Lock lock(mutex_);
  const auto place = place_of(from, path);
  if (!place) return std::unexpected(place.error());
  const auto inode = image_.walk(place->folder, place->name);
  if (!inode) return std::unexpected(inode.error());
  const auto* there = image_.find(*inode);
  if (there->is_folder != folders) return std::unexpected(folders ? ENOTDIR : EISDIR);
  if (!there->names.empty()) return std::unexpected(ENOTEMPTY);
  perform({.action = Action::kRemove,
           .inode = *inode,
           .folder = place->folder,
           .name = place->name,
           .path = path_of(place->folder, place->name)});
  return {};
}

DiskAnswer<> SimulatedDisk::remove_file(InodeId from, const std::string& path) { return remove(from, path, false); }

DiskAnswer<> SimulatedDisk::remove_folder(InodeId from, const std::string& path) { return remove(from, path, true); }

std::size_t SimulatedDisk::recorded() const {
  const Lock lock(mutex_);
  return record_.size();
}

std::vector<Operation> SimulatedDisk::record() const {
  const Lock lock(mutex_);
  return record_;
}

DiskImage SimulatedDisk::image() const {
  const Lock lock(mutex_);
  return image_;
}

std::set<InodeId> SimulatedDisk::looked_at() const {
  const Lock lock(mutex_);
  return looked_at_;
}

void SimulatedDisk::note_look(InodeId inode) {
  const Lock lock(mutex_);
  look(inode);
}

}  // namespace ndisk::crash
