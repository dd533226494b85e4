#include "client/download/open_folders.hpp"

#include <algorithm>

#include "client/remote/tree_order.hpp"
#include "common/path_parts.hpp"

namespace ndisk::client {

OpenFolders::Folder* OpenFolders::parent_of(std::string_view remote) {
  const auto parent = parent_path(remote);
  const auto is_at_or_above = [parent](std::string_view folder) {
    return folder == parent || is_below(parent, folder);
  };
  while (!open_.empty() && !is_at_or_above(open_.back()->remote)) leave_innermost();
  return open_.empty() || open_.back()->remote != parent ? nullptr : open_.back();
}

OpenFolders::Folder& OpenFolders::open(std::string remote, std::string local, std::optional<Stamp> attributes) {
  auto* parent = open_.empty() ? nullptr : open_.back();
  folders_.push_back({.remote = std::move(remote), .local = std::move(local), .attributes = attributes});
  auto& folder = folders_.back();
  folder.parent = parent;
  folder.holders = 1;  // the listing
  if (parent != nullptr) ++parent->holders;
  open_.push_back(&folder);
  return folder;
}

void OpenFolders::leave_innermost() {
  auto* folder = open_.back();
  open_.pop_back();
  release(*folder);
}

void OpenFolders::leave_all() {
  while (!open_.empty()) leave_innermost();
}

void OpenFolders::release(Folder& folder) {
  if (--folder.holders > 0) return;
  const auto place = std::ranges::find_if(folders_, [&folder](const Folder& each) { return &each == &folder; });
  finished_.splice(finished_.end(), folders_, place);
}

void OpenFolders::done(const Folder& folder) {
  if (folder.parent != nullptr) release(*folder.parent);
}

}  // namespace ndisk::client
