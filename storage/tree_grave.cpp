#include "storage/tree_grave.hpp"

#include <cerrno>

#include "common/random.hpp"

namespace ndisk::storage {
namespace {

std::string grave_name() { return to_hex(random_bytes<16>()); }

}  // namespace

DiskResult<> TreeGrave::bury(int parent, const std::string& name) {
  if (auto removed = files_.remove_file(parent, name)) return removed;
  used_ = true;
  return files_.rename(parent, name, folder_, grave_name());
}

DiskResult<> TreeGrave::empty() {
  used_ = false;
  for (;;) {
    auto names = some_names(files_, folder_);
    if (!names) return std::unexpected(names.error());
    if (names->empty()) return {};
    for (const auto& name : *names) {
      if (auto done = flatten(name); !done) return done;
    }
  }
}

// Removes a file or an empty folder; a folder in it moves up to here, so that no more than two are ever open.
DiskResult<> TreeGrave::flatten(const std::string& name) {
  if (stopped_) return std::unexpected(Errno{ECANCELED});
  auto removed = files_.remove_file(folder_, name);
  if (removed || removed.error().number == ENOENT) return {};
  auto folder = files_.open(folder_, name, O_RDONLY | O_DIRECTORY);
  if (!folder) return removed;
  for (;;) {
    auto names = some_names(files_, folder->get());
    if (!names) return std::unexpected(names.error());
    if (names->empty()) return files_.remove_folder(folder_, name);
    for (const auto& inner : *names) {
      if (stopped_) return std::unexpected(Errno{ECANCELED});
      if (files_.remove_file(folder->get(), inner)) continue;
      if (auto moved = files_.rename(folder->get(), inner, folder_, grave_name()); !moved) return moved;
    }
  }
}

}  // namespace ndisk::storage
