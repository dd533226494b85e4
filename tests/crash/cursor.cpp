#include "tests/crash/cursor.hpp"

#include <algorithm>

namespace ndisk::crash {

void Cursor::advance_to(std::size_t boundary) {
  while (boundary_ < boundary) step(boundary_++);
  const auto first_at_risk = pending_.empty() ? boundary_ : pending_.front();
  for (; base_end_ < first_at_risk; ++base_end_) apply(base_, record_[base_end_]);
}

void Cursor::step(std::size_t place) {
  const auto& operation = record_[place];
  if (is_sync(operation)) {
    settle(operation);
  } else {
    pending_.push_back(place);
  }
}

void Cursor::settle(const Operation& sync) {
  std::erase_if(pending_, [&](std::size_t place) { return is_settled(place, sync); });
}

bool Cursor::is_settled(std::size_t place, const Operation& sync) {
  const auto& operation = record_[place];
  switch (operation.action) {
    case Action::kMake:
    case Action::kLink:
    case Action::kRemove: return sync.action == Action::kSyncAll || sync.inode == operation.folder;
    case Action::kRename: return sync.action == Action::kSyncAll || is_rename_settled(place, sync.inode);
    case Action::kWrite:
    case Action::kTruncate: return sync.action == Action::kSyncAll || sync.inode == operation.inode;
    case Action::kSetMode:
    case Action::kSetMtime:
      return sync.action == Action::kSyncAll || (sync.action == Action::kSync && sync.inode == operation.inode);
    case Action::kSync:
    case Action::kSyncData:
    case Action::kSyncAll: return true;
  }
  return true;
}

bool Cursor::is_rename_settled(std::size_t place, InodeId synced) {
  const auto& rename = record_[place];
  auto& missing = unsynced_folders_.try_emplace(place, std::set{rename.folder, rename.to_folder}).first->second;
  missing.erase(synced);
  return missing.empty();
}

DiskImage Cursor::disk_after(const Losses& losses) const {
  auto disk = base_;
  for (auto place = base_end_; place < boundary_; ++place) {
    const auto lost = losses.find(place);
    if (lost == losses.end()) {
      apply(disk, record_[place]);
    } else {
      apply_lossy(disk, record_[place], lost->second);
    }
  }
  disk.drop_unreachable();
  return disk;
}

}  // namespace ndisk::crash
