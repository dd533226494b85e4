#include "tests/crash/operation.hpp"

#include <algorithm>

namespace ndisk::crash {
namespace {

constexpr std::uint64_t kSectorBytes = 512;

void write(Inode& file, std::uint64_t offset, ByteView bytes) {
  if (file.content.size() < offset + bytes.size()) file.content.resize(offset + bytes.size());
  std::ranges::copy(bytes, file.content.begin() + static_cast<std::ptrdiff_t>(offset));
}

void add_name(DiskImage& image, InodeId folder, const std::string& name, InodeId inode) {
  // A folder whose own name was lost holds names all the same; nobody finds them.
  auto& parent = image.make(folder);
  parent.is_folder = true;
  parent.names[name] = inode;
  auto* child = image.find(inode);
  if (child != nullptr && child->is_folder) child->parent = folder;
}

void make(DiskImage& image, const Operation& operation) {
  auto& made = image.make(operation.inode);
  made.is_folder = operation.is_folder;
  made.mode = operation.mode;
  made.mtime = operation.time;
}

void remove_name(DiskImage& image, InodeId folder, const std::string& name) {
  if (auto* parent = image.find(folder)) parent->names.erase(name);
}

}  // namespace

void apply(DiskImage& image, const Operation& operation) {
  switch (operation.action) {
    case Action::kMake:
      make(image, operation);
      return add_name(image, operation.folder, operation.name, operation.inode);
    case Action::kLink: return add_name(image, operation.folder, operation.name, operation.inode);
    case Action::kRemove: return remove_name(image, operation.folder, operation.name);
    case Action::kRename:
      remove_name(image, operation.folder, operation.name);
      return add_name(image, operation.to_folder, operation.to_name, operation.inode);
    case Action::kWrite:
      write(image.make(operation.inode), operation.offset, operation.bytes);
      image.make(operation.inode).mtime = operation.time;
      return;
    case Action::kTruncate:
      image.make(operation.inode).content.resize(operation.offset);
      image.make(operation.inode).mtime = operation.time;
      return;
    case Action::kSetMode: image.make(operation.inode).mode = operation.mode; return;
    case Action::kSetMtime: image.make(operation.inode).mtime = operation.time; return;
    case Action::kSync:
    case Action::kSyncData:
    case Action::kSyncAll: return;
  }
}

void apply_lossy(DiskImage& image, const Operation& operation, Loss loss) {
  if (operation.action == Action::kMake) return make(image, operation);
  if (operation.action != Action::kWrite || loss == Loss::kGone) return;
  auto& file = image.make(operation.inode);
  const ByteView bytes = operation.bytes;
  if (loss == Loss::kZeros) {
    file.content.resize(std::max<std::size_t>(file.content.size(), operation.offset + bytes.size()));
  } else {
    auto half = bytes.size() / 2;
    if (half > kSectorBytes) half -= half % kSectorBytes;
    write(file, operation.offset, bytes.first(half));
  }
  file.mtime = operation.time;
}

std::string describe(const Operation& operation) {
  switch (operation.action) {
    case Action::kMake: return (operation.is_folder ? "make folder " : "make ") + operation.path;
    case Action::kLink: return "link " + operation.path;
    case Action::kRemove: return "remove " + operation.path;
    case Action::kRename: return "rename to " + operation.path;
    case Action::kWrite:
      return "write " + operation.path + " at " + std::to_string(operation.offset) + ", " +
             std::to_string(operation.bytes.size()) + " bytes";
    case Action::kTruncate: return "truncate " + operation.path + " to " + std::to_string(operation.offset);
    case Action::kSetMode: return "set mode of " + operation.path;
    case Action::kSetMtime: return "set mtime of " + operation.path;
    case Action::kSync: return "sync " + operation.path;
    case Action::kSyncData: return "sync data of " + operation.path;
    case Action::kSyncAll: return "sync all";
  }
  return {};
}

std::string describe(const std::vector<Operation>& record, const Losses& losses) {
  std::string text;
  for (const auto& [place, loss] : losses) {
    const char* how = loss == Loss::kGone ? "lost: " : loss == Loss::kZeros ? "zeros: " : "torn: ";
    text += "  " + std::string(how) + std::to_string(place) + " " + describe(record.at(place)) + "\n";
  }
  return text;
}

}  // namespace ndisk::crash
