#include "storage/quarantine_folder.hpp"

#include <cerrno>

#include "common/shown_name.hpp"

namespace ndisk::storage {
namespace {

constexpr int kMaxSameNames = 1000;
constexpr std::size_t kKeptOfName = 240;  // a number still fits behind it

}  // namespace

// People may empty it, and remove it with what is in it.
bool QuarantineFolder::is_there() {
  if (!folder_.is_open()) return false;
  const auto known = files_.status(folder_.get());
  const auto there = files_.status_at(directory_.root.get(), kName);
  return known && there && known->inode == there->inode && known->device == there->device;
}

Result<int> QuarantineFolder::open() {
  if (is_there()) return folder_.get();
  const int root = directory_.root.get();
  const auto path = directory_.path + "/" + kName;
  const auto made = files_.make_folder(root, kName, 0700);
  if (!made && made.error().number != EEXIST) return fail_disk(made.error(), "make", path);
  auto folder = files_.open(root, kName, O_RDONLY | O_DIRECTORY);
  if (!folder) return fail_disk(folder.error(), "open", path);
  // Before anything is moved there, every time: an earlier run may have been interrupted before this.
  if (auto synced = files_.sync(root); !synced) return fail_disk(synced.error(), "sync", directory_.path);
  folder_ = std::move(*folder);
  return folder_.get();
}

Result<std::string> QuarantineFolder::move(int folder, const std::string& name) {
  const auto target = open();
  if (!target) return std::unexpected(target.error());
  const auto last = name.substr(name.rfind('/') + 1);
  for (int number = 1; number <= kMaxSameNames; ++number) {
    const auto free_name = number == 1 ? last : last.substr(0, kKeptOfName) + "~" + std::to_string(number);
    const auto there = files_.status_at(*target, free_name);
    if (there) continue;
    if (there.error().number != ENOENT) return fail_disk(there.error(), "look at", kName);
    if (auto moved = files_.rename(folder, name, *target, free_name); !moved) {
      if (moved.error().number != ENOENT) {
        return fail_disk(moved.error(), "move to the quarantine", shown_name(name));
      }
      // Where it went is gone, and not what was to go: whoever asked must not take that for nothing.
      const auto still = files_.status_at(folder, name);
      if (still) return fail(ErrorCode::kConflict, "quarantine/ went away; try again");
      return fail_disk(still.error(), "move to the quarantine", shown_name(name));
    }
    return std::string(kName) + "/" + free_name;
  }
  return fail(ErrorCode::kConflict,
              "quarantine/ has too many files named " + shown_name(last) + "; look at them first");
}

// The folder that loses the name is synced last: a crash leaves one of both.
Result<std::string> QuarantineFolder::move_durably(int folder, const std::string& name) {
  auto kept = move(folder, name);
  if (!kept) return kept;
  const auto target = open();
  if (!target) return std::unexpected(target.error());
  const auto file = files_.open(*target, kept->substr(sizeof(kName)), O_RDONLY | O_NONBLOCK);
  // What can't be opened, and what is below a folder, is made durable with everything else.
  const auto status = file ? files_.status(file->get()) : DiskResult<FileStatus>(FileStatus{});
  const bool is_file = status && file && status->type == FileType::kFile;
  auto synced = is_file ? files_.sync(file->get()) : files_.sync_file_system(*target);
  if (synced) synced = files_.sync(*target);
  if (synced) synced = files_.sync(folder);
  if (!synced) return fail_disk(synced.error(), "sync", *kept);
  return kept;
}

Result<void> QuarantineFolder::sync() {
  if (!folder_.is_open()) return {};
  if (auto synced = files_.sync(folder_.get()); !synced) return fail_disk(synced.error(), "sync", kName);
  return {};
}

}  // namespace ndisk::storage
