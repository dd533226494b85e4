#include "client/download/local_target.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "common/protocol/limits.hpp"
#include "common/shown_name.hpp"

namespace ndisk::client {
namespace {

constexpr std::size_t kBlock = 256 * 1024;

Existing compare_link(const std::string& path, const Wanted& wanted) {
  std::string target(protocol::kMaxLinkBytes + 1, '\0');
  const auto count = ::readlink(path.c_str(), target.data(), target.size());
  if (count < 0) return Existing::kOther;
  target.resize(static_cast<std::size_t>(count));
  return sha256(as_bytes(target)) == wanted.sha256 ? Existing::kIdentical : Existing::kOther;
}

}  // namespace

std::string folder_of(const std::string& path) {
  const auto slash = path.rfind('/');
  if (slash == path.npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

bool stands_there(const std::string& path) {
  struct stat status {};
  return ::lstat(path.c_str(), &status) == 0;
}

std::unexpected<Error> fail_over_folder(const std::string& path) {
  return fail(ErrorCode::kIsFolder, shown_name(path) + ": is a folder here; move it away, or use -t to get into it");
}

Result<Existing> look_at_target(const std::string& path, const Wanted& wanted, bool trust_time) {
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0) {
    if (errno == ENOENT) return Existing::kNothing;
    return fail_errno(errno, "looking at", shown_name(path));
  }
  if (S_ISDIR(status.st_mode)) return fail_over_folder(path);
  if (S_ISLNK(status.st_mode)) return wanted.is_link ? compare_link(path, wanted) : Existing::kOther;
  if (!S_ISREG(status.st_mode)) {
    return fail(ErrorCode::kInvalid, shown_name(path) + ": is not a regular file; -o writes to a device or a pipe");
  }
  const auto stamp = stamp_of(status);
  if (wanted.is_link || stamp.size != wanted.stamp.size) return Existing::kOther;
  return trust_time && stamp.mtime == wanted.stamp.mtime ? Existing::kUnchanged : Existing::kSameSize;
}

Result<Existing> examine_target(const std::string& path, const Wanted& wanted, bool trust_time) {
  const auto existing = look_at_target(path, wanted, trust_time);
  if (!existing || *existing != Existing::kSameSize) return existing;
  const auto file = SourceFile::open(path, kFollowAll);
  if (!file) return Existing::kOther;  // what can't be read can still be replaced
  Sha256 digest;
  Bytes block(kBlock);
  while (digest.size() < wanted.stamp.size) {
    const auto count = file->read(digest.size(), block);
    if (!count || *count == 0) return Existing::kOther;
    digest.add(ByteView(block).first(*count));
  }
  return digest.digest() == wanted.sha256 ? Existing::kIdentical : Existing::kOther;
}

bool has_attributes(const std::string& path, const Wanted& wanted) {
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0) return false;
  const auto stamp = stamp_of(status);
  return stamp.mtime == wanted.stamp.mtime && (wanted.is_link || stamp.mode == wanted.stamp.mode);
}

}  // namespace ndisk::client
