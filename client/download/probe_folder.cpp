#include "client/download/probe_folder.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>

#include "client/download/local_placing.hpp"
#include "client/file_descriptor.hpp"
#include "common/shown_name.hpp"

namespace ndisk::client {
namespace {

constexpr std::size_t kMostHolders = 20;

struct CloseFolder {
  void operator()(DIR* folder) const { ::closedir(folder); }
};

void remove_all(const std::string& path) {
  std::error_code ignored;
  std::filesystem::remove_all(path, ignored);
}

}  // namespace

Result<std::unique_ptr<ProbeFolder>> ProbeFolder::make(const std::string& folder) {
  auto path = temporary_name(folder);
  struct stat before {};
  const bool is_known = ::stat(folder.c_str(), &before) == 0;
  if (::mkdir(path.c_str(), 0700) != 0) return fail_errno(errno, "writing into", shown_name(folder));
  const auto mtime = is_known ? std::optional(before.st_mtim) : std::nullopt;
  std::unique_ptr<ProbeFolder> probe(new ProbeFolder(folder, std::move(path), mtime));
  if (auto made = probe->make_innermost(); !made) return std::unexpected(made.error());
  return probe;
}

ProbeFolder::~ProbeFolder() {
  remove_all(path_);
  if (!mtime_) return;
  const timespec times[] = {{.tv_sec = 0, .tv_nsec = UTIME_OMIT}, *mtime_};
  ::utimensat(AT_FDCWD, folder_.c_str(), times, 0);  // somebody else's folder keeps the new one
}

Result<std::optional<std::string>> ProbeFolder::claim(const std::string& name) {
  const auto path = innermost() + "/" + name;
  const FileDescriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (file) return std::nullopt;
  switch (errno) {
    case EEXIST: break;
    case EINVAL:
    case EILSEQ:
    case ENAMETOOLONG: return std::nullopt;
    default: return fail_errno(errno, "trying out the name", shown_name(name));
  }
  if (found_ >= kMostHolders) return std::string();
  ++found_;
  return find_holder(name);
}

Result<void> ProbeFolder::enter(const std::string& /*name*/) {
  ++depth_;
  return make_innermost();
}

Result<void> ProbeFolder::make_innermost() {
  if (::mkdir(innermost().c_str(), 0700) == 0) return {};
  return fail_errno(errno, "trying out names in", shown_name(path_));
}

void ProbeFolder::leave() {
  remove_all(innermost());
  --depth_;
}

// The one that is the same file. It is kept open: disks without inode numbers of their own make them up while it is.
std::string ProbeFolder::find_holder(const std::string& name) const {
  const auto folder = innermost();
  const FileDescriptor file(::open((folder + "/" + name).c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
  const std::unique_ptr<DIR, CloseFolder> open(::opendir(folder.c_str()));
  struct stat own {};
  if (!file || !open || ::fstat(file.get(), &own) != 0) return {};
  while (const auto* entry = ::readdir(open.get())) {
    struct stat each {};
    if (::fstatat(::dirfd(open.get()), entry->d_name, &each, AT_SYMLINK_NOFOLLOW) != 0) continue;
    if (each.st_dev == own.st_dev && each.st_ino == own.st_ino) return entry->d_name;
  }
  return {};
}

Result<bool> folds_names(const std::string& folder) {
  const auto probe = ProbeFolder::make(folder);
  if (!probe) return std::unexpected(probe.error());
  for (const auto* name : {"a", "A", "\xC3\xA9", "e\xCC\x81"}) {
    const auto holder = (*probe)->claim(name);
    if (!holder) return std::unexpected(holder.error());
    if (*holder) return true;
  }
  return false;
}

}  // namespace ndisk::client
