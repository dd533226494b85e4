#include "storage/rebuild_unread.hpp"

#include <cerrno>

#include "common/shown_name.hpp"

namespace ndisk::storage {
namespace {

constexpr mode_t kOwnMode = 0700;
constexpr mode_t kTreeMode = 0755;  // of folders there; the next start sets that of the users'

}  // namespace

Result<Fd> RebuildUnread::open() {
  auto folder = files_.open(directory_.root.get(), kName, O_RDONLY | O_DIRECTORY);
  if (!folder && folder.error().number == ENOENT) return Fd();
  if (!folder) return fail_disk(folder.error(), "open", directory_.path + "/" + kName);
  return std::move(*folder);
}

// The name is synced every time: an earlier rebuild may have been interrupted before this.
Result<Fd> RebuildUnread::make_folder(int parent, const std::string& name, mode_t mode) {
  const auto made = files_.make_folder(parent, name, mode);
  if (!made && made.error().number != EEXIST) return fail_disk(made.error(), "make", shown_name(name));
  if (auto synced = files_.sync(parent); !synced)
    return fail_disk(synced.error(), "sync the folder of", shown_name(name));
  auto folder = files_.open(parent, name, O_RDONLY | O_DIRECTORY);
  if (!folder) return fail_disk(folder.error(), "open", shown_name(name));
  // Whatever the umask; what was there keeps its own.
  if (made) {
    if (auto set = files_.set_mode(folder->get(), mode); !set) {
      return fail_disk(set.error(), "set the mode of", shown_name(name));
    }
  }
  return std::move(*folder);
}

Result<Fd> RebuildUnread::make_parents(int root, const std::string& user, const std::string& path, mode_t mode) {
  auto parent = make_folder(root, user, mode);
  std::size_t at = 0;
  for (auto slash = path.find('/'); parent && slash != std::string::npos; slash = path.find('/', at)) {
    parent = make_folder(parent->get(), path.substr(at, slash - at), mode);
    at = slash + 1;
  }
  return parent;
}

// The folder that loses the name is synced last: a crash leaves one of both.
Result<void> RebuildUnread::give_back(const std::string& user, const std::string& path) {
  const auto name = path.substr(path.rfind('/') + 1);
  auto kept = make_folder(directory_.root.get(), kName, kOwnMode);
  if (kept) kept = make_parents(kept->get(), user, path, kOwnMode);
  if (!kept) return fail_with_context(kName, kept.error());
  const auto parent = make_parents(directory_.tree.get(), user, path, kTreeMode);
  if (!parent) return fail_with_context("tree", parent.error());
  const auto place = "tree/" + user + "/" + shown_name(path);
  const auto there = files_.status_at(parent->get(), name);
  if (there) return fail(ErrorCode::kConflict, place + " is something else");
  if (there.error().number != ENOENT) return fail_disk(there.error(), "look at", place);
  if (auto moved = files_.rename(kept->get(), name, parent->get(), name); !moved) {
    return fail_disk(moved.error(), "move", place);
  }
  if (auto synced = files_.sync(parent->get()); !synced) return fail_disk(synced.error(), "sync", place);
  if (auto synced = files_.sync(kept->get()); !synced) return fail_disk(synced.error(), "sync", kName);
  return {};
}

// The folder that loses the name is synced last, here too.
Result<void> RebuildUnread::keep(int folder, const std::string& user, const std::string& path) {
  auto parent = make_folder(directory_.root.get(), kName, kOwnMode);
  if (parent) parent = make_parents(parent->get(), user, path, kOwnMode);
  if (!parent) return fail_with_context(kName, parent.error());
  const auto name = path.substr(path.rfind('/') + 1);
  const auto place = std::string(kName) + "/" + user + "/" + shown_name(path);
  const auto there = files_.status_at(parent->get(), name);
  if (there) return fail(ErrorCode::kConflict, place + " is there already; move it away, and try again");
  if (there.error().number != ENOENT) return fail_disk(there.error(), "look at", place);
  if (auto moved = files_.rename(folder, name, parent->get(), name); !moved) {
    return fail_disk(moved.error(), "move", place);
  }
  if (auto synced = files_.sync(parent->get()); !synced) return fail_disk(synced.error(), "sync", place);
  if (auto synced = files_.sync(folder); !synced) return fail_disk(synced.error(), "sync the folder of", place);
  return {};
}

}  // namespace ndisk::storage
