#include "client/download/part_file.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <memory>

#include "common/shown_name.hpp"

namespace ndisk::client {
namespace {

constexpr std::size_t kDigestSlice = 4 * 1024 * 1024;
constexpr std::size_t kBlock = 256 * 1024;
constexpr mode_t kPartMode = 0600;
constexpr std::size_t kTargetDigits = 16;
constexpr int kMostTries = 10;  // another process may remove the empty folder between our two calls

struct CloseFolder {
  void operator()(DIR* folder) const { ::closedir(folder); }
};

std::string target_digits(const std::string& target) {
  const auto slash = target.rfind('/');
  const auto name = slash == target.npos ? target : target.substr(slash + 1);
  return to_hex(sha256(as_bytes(name))).substr(0, kTargetDigits);
}

bool is_named(int file, int folder, const char* name) {
  struct stat own {};
  struct stat named {};
  return ::fstat(file, &own) == 0 && ::fstatat(folder, name, &named, AT_SYMLINK_NOFOLLOW) == 0 &&
         own.st_dev == named.st_dev && own.st_ino == named.st_ino;
}

// Unless somebody works on it. Opened for writing, without which NFS gives no such lock, if its mode allows it: what
// was whole but for its name has the target's. Looked at again once it is locked: its name may be another part's then.
void remove_idle(int folder, const char* name) {
  constexpr int kFlags = O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
  FileDescriptor part(::openat(folder, name, O_RDWR | kFlags));
  if (!part) part = FileDescriptor(::openat(folder, name, O_RDONLY | kFlags));
  if (!part || ::flock(part.get(), LOCK_EX | LOCK_NB) != 0) return;
  if (is_named(part.get(), folder, name)) ::unlinkat(folder, name, 0);
}

// Parts of what the target was to become once: nothing will ever take them up.
void remove_outdated(const std::string& part) {
  const auto folder_path = folder_of(part);
  const std::unique_ptr<DIR, CloseFolder> folder(::opendir(folder_path.c_str()));
  if (!folder) return;
  const auto own_name = part.substr(folder_path.size() + 1);
  const auto prefix = own_name.substr(0, kTargetDigits + 1);
  while (const auto* entry = ::readdir(folder.get())) {
    const std::string name = entry->d_name;
    if (name.starts_with(prefix) && name != own_name) remove_idle(::dirfd(folder.get()), name.c_str());
  }
}

}  // namespace

std::string part_folder_name() { return kPartFolderPrefix + std::to_string(::geteuid()); }

bool is_part_folder_name(std::string_view name) {
  if (!name.starts_with(kPartFolderPrefix)) return false;
  name.remove_prefix(std::string_view(kPartFolderPrefix).size());
  uid_t user = 0;
  const auto parsed = std::from_chars(name.data(), name.data() + name.size(), user);
  return parsed.ec == std::errc() && name == std::to_string(user);
}

std::string part_path(const std::string& target, const Digest& sha256) {
  return folder_of(target) + "/" + part_folder_name() + "/" + target_digits(target) + "-" + to_hex(sha256);
}

Result<PartFile> PartFile::open(const std::string& target, std::uint64_t size, const Digest& sha256) {
  PartFile part(target, part_path(target, sha256), size, sha256);
  if (auto opened = part.open_and_lock(); !opened) return std::unexpected(opened.error());
  remove_outdated(part.path_);
  struct stat status {};
  if (::fstat(part.file_.get(), &status) != 0) return fail_errno(errno, "reading", shown_name(part.path_));
  part.found_ = static_cast<std::uint64_t>(status.st_size);
  if (part.found_ > size) {
    if (auto emptied = part.start_over(); !emptied) return std::unexpected(emptied.error());
  }
  part.resumed_ = part.found_ > 0;
  return part;
}

// Between the opening and the lock another process may have finished the part or thrown it away: then the lock is on a
// file that is the target by now, or has no name at all.
Result<void> PartFile::open_and_lock() {
  for (int tries = 0; tries < kMostTries; ++tries) {
    if (auto opened = open_or_make(); !opened) return opened;
    if (::flock(file_.get(), LOCK_EX | LOCK_NB) != 0) {
      if (errno == EWOULDBLOCK) break;
      return fail_errno(errno, "locking", shown_name(path_));
    }
    if (still_has_its_name()) return {};
  }
  return fail_busy();
}

bool PartFile::still_has_its_name() const { return is_named(file_.get(), AT_FDCWD, path_.c_str()); }

Result<void> PartFile::open_or_make() {
  const auto folder = folder_of(path_);
  int cause = 0;
  for (int tries = 0; tries < kMostTries; ++tries) {
    if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) return fail_errno(errno, "writing", shown_name(target_));
    if (auto own = check_folder(folder); !own) return own;
    file_ = FileDescriptor(::open(path_.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, kPartMode));
    if (file_) return check_file(file_.get());
    cause = errno;
    if (cause == EACCES) {
      const auto made = make_writable();
      if (!made) return std::unexpected(made.error());
      if (*made) continue;
      return fail(ErrorCode::kNotAllowed, shown_name(path_) + ": can't be written to; remove it and try again");
    }
    if (cause != ENOENT) break;
  }
  return fail_errno(cause, "writing", shown_name(path_));
}

// One that was whole but for its name has the target's mode already, which may keep its own user from writing. Locked
// first: whoever holds it is about to give it the name, with that mode. False: it stays as it is. An error where it is
// the folder that can't be looked into: then nobody knows whether there is one.
Result<bool> PartFile::make_writable() const {
  const FileDescriptor part(::open(path_.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!part) {
    if (errno == ENOENT) return true;
    struct stat status {};
    if (::lstat(path_.c_str(), &status) == 0) return false;
    if (errno == ENOENT) return true;
    return fail_errno(errno, "reading", shown_name(folder_of(path_)));
  }
  if (auto own = check_file(part.get()); !own) return std::unexpected(own.error());
  if (::flock(part.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK) return fail_busy();
    return false;
  }
  if (!is_named(part.get(), AT_FDCWD, path_.c_str())) return true;
  return ::fchmod(part.get(), kPartMode) == 0;
}

std::unexpected<Error> PartFile::fail_busy() const {
  return fail(ErrorCode::kConflict, shown_name(target_) + ": another ndisk is getting it; wait for that one");
}

// In a folder that others may write to as well (/tmp), somebody may have made it before us.
Result<void> PartFile::check_folder(const std::string& folder) const {
  struct stat status {};
  if (::lstat(folder.c_str(), &status) != 0) {
    if (errno == ENOENT) return {};  // another process has just removed it
    return fail_errno(errno, "reading", shown_name(folder));
  }
  const bool own = S_ISDIR(status.st_mode) && status.st_uid == ::geteuid() && (status.st_mode & 022) == 0;
  if (own) return {};
  return fail(ErrorCode::kNotAllowed, shown_name(folder) + ": others could write there; remove it and try again");
}

Result<void> PartFile::check_file(int file) const {
  struct stat status {};
  if (::fstat(file, &status) != 0) return fail_errno(errno, "reading", shown_name(path_));
  if (S_ISREG(status.st_mode) && status.st_uid == ::geteuid() && status.st_nlink <= 1) return {};
  return fail(ErrorCode::kNotAllowed,
              shown_name(path_) + ": is not a file of this user alone; remove it and try again");
}

Result<bool> PartFile::take_up() {
  Bytes block(kBlock);
  for (std::size_t slice = 0; digest_.size() < found_ && slice < kDigestSlice; slice += kBlock) {
    const auto wanted = std::min<std::uint64_t>(kBlock, found_ - digest_.size());
    const auto count =
        ::pread(file_.get(), block.data(), static_cast<std::size_t>(wanted), static_cast<off_t>(digest_.size()));
    if (count < 0 && errno != EINTR) return fail_errno(errno, "reading", shown_name(path_));
    if (count == 0) found_ = digest_.size();
    if (count > 0) digest_.add(ByteView(block).first(static_cast<std::size_t>(count)));
  }
  return digest_.size() >= found_;
}

Result<void> PartFile::append(ByteView bytes) {
  if (auto written = write(bytes); !written) return written;
  digest_.add(bytes);
  return {};
}

Result<void> PartFile::append(ByteView bytes, const Sha256& all) {
  if (auto written = write(bytes); !written) return written;
  digest_ = all;
  return {};
}

Result<void> PartFile::write(ByteView bytes) {
  if (::lseek(file_.get(), static_cast<off_t>(digest_.size()), SEEK_SET) < 0) {
    return fail_errno(errno, "writing", shown_name(path_));
  }
  return write_fully(file_.get(), target_, bytes);
}

Result<void> PartFile::start_over() {
  if (::ftruncate(file_.get(), 0) != 0) return fail_errno(errno, "writing", shown_name(path_));
  digest_ = Sha256();
  found_ = 0;
  resumed_ = false;
  return {};
}

Result<bool> PartFile::finish(const Stamp& stamp, Over over) {
  if (auto applied = apply_attributes(file_.get(), target_, stamp); !applied) return std::unexpected(applied.error());
  // Under its name may be a part that another process has begun since.
  if (!still_has_its_name()) {
    return fail(ErrorCode::kConflict, shown_name(target_) + ": what had come of it was removed; get it again");
  }
  const auto taken = take_name(path_, target_, over);
  if (!taken) return taken;
  if (!*taken) ::unlink(path_.c_str());
  remove_folder();
  return taken;
}

void PartFile::discard() {
  if (still_has_its_name()) ::unlink(path_.c_str());
  remove_folder();
}

// Only goes if it is empty.
void PartFile::remove_folder() const { ::rmdir(folder_of(path_).c_str()); }

}  // namespace ndisk::client
