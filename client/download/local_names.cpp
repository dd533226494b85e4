#include "client/download/local_names.hpp"

#include <dirent.h>
#include <sys/stat.h>

#include <algorithm>

#include "client/download/folding_look.hpp"
#include "client/download/local_target.hpp"
#include "client/download/probe_folder.hpp"

namespace ndisk::client {
namespace {

// Of local folders that are looked at before the listing: beyond, it is for the listing to tell which are of interest.
constexpr std::size_t kMostFolders = 10'000;
constexpr std::size_t kMostEntries = 200'000;

struct CloseFolder {
  void operator()(DIR* folder) const { ::closedir(folder); }
};

std::optional<dev_t> device_of(const std::string& folder, int flags) {
  struct stat status {};
  const bool is_folder = ::fstatat(AT_FDCWD, folder.c_str(), &status, flags) == 0 && S_ISDIR(status.st_mode);
  return is_folder ? std::optional(status.st_dev) : std::nullopt;
}

// The first of a path and the folders above it that stands there.
std::string nearest_folder(std::string path) {
  while (!device_of(path, 0) && path != "." && path != "/") path = folder_of(path);
  return path;
}

// Folders that are this disk's, and whether each folds like the disk: by its own flag, or as its names show.
class Walk {
 public:
  Walk(dev_t device, const std::function<bool()>& stopping) : device_(device), stopping_(stopping) {}

  bool finds_folding(const std::string& folder) {
    waiting_.push_back(folder);
    while (!waiting_.empty()) {
      const auto next = std::move(waiting_.back());
      waiting_.pop_back();
      if (++folders_ > kMostFolders || stopping_() || may_fold(next) || !take_folders(next)) return true;
    }
    return false;
  }

 private:
  [[nodiscard]] bool may_fold(const std::string& folder) const {
    return device_of(folder, 0) != device_ || look_for_folding(folder) == Folding::kCase;
  }

  // False if it can't be looked at, or was too much.
  bool take_folders(const std::string& folder) {
    const std::unique_ptr<DIR, CloseFolder> open(::opendir(folder.c_str()));
    if (!open) return false;
    while (const auto* entry = ::readdir(open.get())) {
      if (++entries_ > kMostEntries) return false;
      const std::string name = entry->d_name;
      if (name == "." || name == ".." || (entry->d_type != DT_DIR && entry->d_type != DT_UNKNOWN)) continue;
      const auto path = folder + "/" + name;
      if (entry->d_type == DT_DIR || device_of(path, AT_SYMLINK_NOFOLLOW)) waiting_.push_back(path);
    }
    return true;
  }

  dev_t device_;
  const std::function<bool()>& stopping_;
  std::vector<std::string> waiting_;
  std::size_t folders_ = 0;
  std::size_t entries_ = 0;
};

}  // namespace

Result<void> LocalNames::begin() {
  Level level;
  const auto folder = nearest_folder(outermost_);
  const auto device = device_of(folder, 0);
  if (device) level.device = *device;
  if (device && folder == outermost_) level.local = folder;
  if (auto asked = ask(level, folder); !asked) return asked;
  levels_.push_back(std::move(level));
  return {};
}

bool LocalNames::may_fold(const std::vector<std::string>& folders, const std::function<bool()>& stopping) const {
  const auto& outermost = levels_.front();
  if (outermost.names != nullptr) return true;
  if (outermost.local.empty()) return false;
  Walk walk(outermost.device, stopping);
  return std::ranges::any_of(folders,
                             [&](const std::string& each) { return device_of(each, 0) && walk.finds_folding(each); });
}

Result<std::optional<std::string>> LocalNames::claim(const std::string& name) {
  auto* names = levels_.back().names;
  if (names == nullptr || name.empty()) return std::nullopt;  // -o . is no name
  return names->claim(name);
}

Result<void> LocalNames::enter(const std::string& name) {
  const auto& above = levels_.back();
  const bool is_own = levels_.size() == 1 && !own_.empty();
  const auto path = is_own ? own_ : above.local + "/" + name;
  const auto device = above.local.empty() ? std::nullopt : device_of(path, is_own ? 0 : AT_SYMLINK_NOFOLLOW);
  Level level{.local = device ? path : "", .device = device.value_or(0), .own = {}, .names = above.names};
  const bool is_other_disk = device && *device != above.device;
  const bool tells_apart = device && level.names != nullptr && look_for_folding(path) == Folding::kNone;
  if (is_other_disk || tells_apart) level.names = nullptr;
  const bool may_fold_alone = device && !is_other_disk && !tells_apart && level.names == nullptr;
  const bool folds_alone = may_fold_alone && look_for_folding(path) == Folding::kCase;
  if (is_other_disk || folds_alone) {
    if (auto asked = ask(level, path); !asked) return asked;
  } else if (level.names != nullptr) {
    if (auto entered = level.names->enter(name); !entered) return entered;
  }
  levels_.push_back(std::move(level));
  return {};
}

void LocalNames::leave() {
  const auto& level = levels_.back();
  if (level.names != nullptr && !level.own) level.names->leave();
  levels_.pop_back();
}

Result<void> LocalNames::ask(Level& level, const std::string& folder) {
  const auto found = folds(folder);
  if (!found) return std::unexpected(found.error());
  if (!*found) return {};
  auto names = make_names(folder);
  if (!names) return std::unexpected(names.error());
  has_folding_ = true;
  level.own = std::move(*names);
  level.names = level.own.get();
  return {};
}

Result<bool> LocalNames::folds(const std::string& folder) {
  if (how_ == Asking::kByTrying) {
    auto tried = folds_names(folder);
    if (tried) return tried;
    const auto seen = look_for_folding(folder);
    // Who writes there will say these.
    const auto cause = tried.error().code;
    const bool is_told_later = cause == ErrorCode::kNotAllowed || cause == ErrorCode::kNoSpace;
    if (seen == Folding::kUnknown && !is_told_later) return tried;
    return seen == Folding::kCase;
  }
  const auto seen = look_for_folding(folder);
  if (seen == Folding::kUnknown) has_unknown_ = true;
  return seen == Folding::kCase;
}

Result<std::unique_ptr<NameSpace>> LocalNames::make_names(const std::string& folder) const {
  if (how_ == Asking::kByLooking) return std::make_unique<CaseFoldedNames>();
  auto probe = ProbeFolder::make(folder);
  if (!probe) return std::unexpected(probe.error());
  return std::unique_ptr<NameSpace>(std::move(*probe));
}

}  // namespace ndisk::client
