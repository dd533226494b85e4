#include "tests/crash/disk_image.hpp"

#include <cerrno>
#include <set>

#include "tests/crash/database_log.hpp"
#include "tests/crash/mix.hpp"

namespace ndisk::crash {
namespace {

// Cuts the first component off.
std::string_view next_component(std::string_view& path) {
  const auto slash = std::min(path.find('/'), path.size());
  const auto component = path.substr(0, slash);
  path.remove_prefix(std::min(slash + 1, path.size()));
  return component;
}

std::uint64_t sum_of(const Inode& inode, TimeNs mtime, std::size_t bytes) {
  std::uint64_t sum = inode.mode * 2 + (inode.is_folder ? 1 : 0);
  mix(sum, static_cast<std::uint64_t>(mtime));
  mix(sum, std::hash<std::string_view>{}(as_text(inode.content).substr(0, bytes)));
  return sum;
}

}  // namespace

std::uint64_t sum_of(const Inode& inode) { return sum_of(inode, inode.mtime, inode.content.size()); }

std::uint64_t sum_as_log(const Inode& inode) { return sum_of(inode, 0, believed_bytes(inode.content)); }

DiskImage::DiskImage() {
  auto& root = make(kRootFolder);
  root.is_folder = true;
  root.mode = 0755;
}

const Inode* DiskImage::find(InodeId id) const {
  const auto found = inodes_.find(id);
  return found == inodes_.end() ? nullptr : &found->second;
}

Inode* DiskImage::find(InodeId id) {
  const auto found = inodes_.find(id);
  return found == inodes_.end() ? nullptr : &found->second;
}

std::expected<InodeId, int> DiskImage::walk(InodeId from, std::string_view path) const {
  if (path.starts_with('/')) from = kRootFolder;
  while (!path.empty()) {
    const auto component = next_component(path);
    const auto* folder = find(from);
    if (folder == nullptr) return std::unexpected(ENOENT);
    if (!folder->is_folder) return std::unexpected(ENOTDIR);
    if (component.empty() || component == ".") continue;
    if (component == "..") {
      from = folder->parent;
      continue;
    }
    const auto entry = folder->names.find(std::string(component));
    if (entry == folder->names.end()) return std::unexpected(ENOENT);
    from = entry->second;
  }
  return find(from) == nullptr ? std::unexpected(ENOENT) : std::expected<InodeId, int>(from);
}

std::uint64_t DiskImage::fingerprint(LogTails tails) const {
  std::uint64_t sum = 0;
  // The first name that leads to an inode stands for it, so that hard links count.
  std::map<InodeId, std::uint64_t> met;
  visit([&](const std::string& path, InodeId id) {
    mix(sum, std::hash<std::string>{}(path));
    const auto [place, is_first] = met.try_emplace(id, met.size());
    mix(sum, place->second);
    const auto* inode = find(id);
    if (!is_first || inode == nullptr) return;
    const bool is_folded = tails == LogTails::kFolded && path.ends_with("-wal");
    mix(sum, is_folded ? sum_as_log(*inode) : sum_of(*inode));
  });
  return sum;
}

void DiskImage::visit_inodes(const std::function<void(InodeId, const Inode&)>& with) const {
  for (const auto& [id, inode] : inodes_) with(id, inode);
}

void DiskImage::visit(const std::function<void(const std::string& path, InodeId inode)>& with) const {
  const std::function<void(const std::string&, InodeId)> enter = [&](const std::string& path, InodeId id) {
    const auto* inode = find(id);
    if (inode == nullptr) return;
    for (const auto& [name, child] : inode->names) {
      with(path + "/" + name, child);
      enter(path + "/" + name, child);
    }
  };
  enter("", kRootFolder);
}

void DiskImage::drop_unreachable() {
  std::set<InodeId> reached = {kRootFolder};
  visit([&](const std::string&, InodeId inode) { reached.insert(inode); });
  std::erase_if(inodes_, [&](const auto& entry) { return !reached.contains(entry.first); });
}

}  // namespace ndisk::crash
