#include "storage/rebuild_unread.hpp"

#include <cerrno>

#include "common/shown_name.hpp"

namespace ndisk::storage {

Result<Fd> RebuildUnread::open() {
  auto folder = files_.open(directory_.root.get(), kName, O_RDONLY | O_DIRECTORY);
  if (!folder && folder.error().number == ENOENT) return Fd();
  if (!folder) return fail_disk(folder.error(), "open", directory_.path + "/" + kName);
  return std::move(*folder);
}

// The name is synced every time: an earlier rebuild may have been interrupted before this.
Result<Fd> RebuildUnread::make_folder(int parent, const std::string& name) {
  const auto made = files_.make_folder(parent, name, 0700);
  if (!made && made.error().number != EEXIST) return fail_disk(made.error(), "make", shown_name(name));
  if (auto synced = files_.sync(parent); !synced)
    return fail_disk(synced.error(), "sync the folder of", shown_name(name));
  auto folder = files_.open(parent, name, O_RDONLY | O_DIRECTORY);
  if (!folder) return fail_disk(folder.error(), "open", shown_name(name));
  return std::move(*folder);
}

Result<void> RebuildUnread::keep(int folder, const std::string& user, const std::string& path) {
  auto parent = make_folder(directory_.root.get(), kName);
  if (parent) parent = make_folder(parent->get(), user);
  std::size_t at = 0;
  for (auto slash = path.find('/'); parent && slash != std::string::npos; slash = path.find('/', at)) {
    parent = make_folder(parent->get(), path.substr(at, slash - at));
    at = slash + 1;
  }
  if (!parent) return fail_with_context(kName, parent.error());
  const auto name = path.substr(at);
  const auto place = std::string(kName) + "/" + user + "/" + shown_name(path);
  const auto there = files_.status_at(parent->get(), name);
  if (there) return fail(ErrorCode::kConflict, place + " is there already; move it away, and try again");
  if (there.error().number != ENOENT) return fail_disk(there.error(), "look at", place);
  if (auto moved = files_.rename(folder, name, parent->get(), name); !moved) {
    return fail_disk(moved.error(), "move", place);
  }
  if (auto synced = files_.sync(parent->get()); !synced) return fail_disk(synced.error(), "sync", place);
  return {};
}

}  // namespace ndisk::storage
