#include "client/download/folding_look.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <memory>

#include "client/file_descriptor.hpp"

namespace ndisk::client {
namespace {

constexpr int kMostLookedAt = 100;

struct CloseFolder {
  void operator()(DIR* folder) const { ::closedir(folder); }
};

bool is_lower(char byte) { return byte >= 'a' && byte <= 'z'; }
bool is_upper(char byte) { return byte >= 'A' && byte <= 'Z'; }

std::string lowered(std::string name) {
  for (auto& byte : name) byte = is_upper(byte) ? static_cast<char>(byte - 'A' + 'a') : byte;
  return name;
}

std::string with_case_turned(std::string name) {
  for (auto& byte : name) {
    if (is_lower(byte)) {
      byte = static_cast<char>(byte - 'a' + 'A');
    } else if (is_upper(byte)) {
      byte = static_cast<char>(byte - 'A' + 'a');
    }
  }
  return name;
}

// A folder of ext4 and some others folds by a flag of its own, which a new one has from the folder above it.
bool has_folding_flag(int folder) {
  int flags = 0;
  return ::ioctl(folder, FS_IOC_GETFLAGS, &flags) == 0 && (flags & FS_CASEFOLD_FL) != 0;
}

// Whether one name in the folder stands for itself with its case turned, too.
Folding by_name(int folder, const std::string& name) {
  const auto turned = with_case_turned(name);
  struct stat own {};
  struct stat other {};
  if (turned == name || ::fstatat(folder, name.c_str(), &own, AT_SYMLINK_NOFOLLOW) != 0) return Folding::kUnknown;
  if (::fstatat(folder, turned.c_str(), &other, AT_SYMLINK_NOFOLLOW) != 0) {
    return errno == ENOENT ? Folding::kNone : Folding::kUnknown;
  }
  if (own.st_dev != other.st_dev || own.st_ino != other.st_ino) return Folding::kNone;
  // Two links to one file are no sign.
  return S_ISDIR(own.st_mode) || own.st_nlink == 1 ? Folding::kCase : Folding::kUnknown;
}

// By the name of the folder itself, if the one above it is the same disk's.
Folding by_own_name(const std::string& folder) {
  std::error_code error;
  const auto whole = std::filesystem::canonical(folder, error);
  if (error || !whole.has_filename()) return Folding::kUnknown;
  const FileDescriptor above(::open(whole.parent_path().c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  struct stat own {};
  struct stat parent {};
  if (!above || ::fstat(above.get(), &parent) != 0 || ::stat(whole.c_str(), &own) != 0) return Folding::kUnknown;
  return own.st_dev == parent.st_dev ? by_name(above.get(), whole.filename().native()) : Folding::kUnknown;
}

}  // namespace

Folding look_for_folding(const std::string& folder) {
  const std::unique_ptr<DIR, CloseFolder> open(::opendir(folder.c_str()));
  if (!open) return Folding::kUnknown;
  const int descriptor = ::dirfd(open.get());
  if (has_folding_flag(descriptor)) return Folding::kCase;
  for (int count = 0; count < kMostLookedAt; ++count) {
    const auto* entry = ::readdir(open.get());
    if (entry == nullptr) break;
    const auto found = by_name(descriptor, entry->d_name);
    if (found != Folding::kUnknown) return found;
  }
  return by_own_name(folder);
}

Result<std::optional<std::string>> CaseFoldedNames::claim(const std::string& name) {
  const auto [place, is_free] = levels_.back().emplace(lowered(name), name);
  if (is_free) return std::nullopt;
  return place->second;
}

Result<void> CaseFoldedNames::enter(const std::string& /*name*/) {
  levels_.emplace_back();
  return {};
}

}  // namespace ndisk::client
