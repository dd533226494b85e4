#include "client/download/output_target.hpp"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <climits>
#include <cstdlib>

#include "client/download/local_target.hpp"
#include "common/shown_name.hpp"

namespace ndisk::client {
namespace {

constexpr int kMostLinks = 40;  // as the kernel follows

std::string in_words(const std::string& name) { return "-o " + shown_name(name); }

std::optional<std::string> real_path(const std::string& path) {
  std::array<char, PATH_MAX> real{};
  if (::realpath(path.c_str(), real.data()) == nullptr) return std::nullopt;
  return real.data();
}

// N of /proc/self/fd/N, whatever links lead to that folder (/dev/fd, /proc/thread-self).
std::optional<int> descriptor_number(const std::string& path) {
  const auto digits = path.substr(path.rfind('/') + 1);
  int number = 0;
  const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (parsed.ec != std::errc() || parsed.ptr != digits.data() + digits.size() || number < 0) return std::nullopt;
  const auto folder = real_path(folder_of(path));
  const auto own = real_path("/proc/self");
  if (!folder || !own || !folder->starts_with(*own + "/") || !folder->ends_with("/fd")) return std::nullopt;
  return number;
}

// What this program opened itself closes on exec; what it was started with can't have done so.
bool was_given(int descriptor) {
  const int flags = ::fcntl(descriptor, F_GETFD);
  return flags >= 0 && (flags & FD_CLOEXEC) == 0;
}

// The links of /proc tell what a process has open, and lead there without being a path.
bool is_in_proc(const std::string& link) {
  struct statfs found {};
  return ::statfs(folder_of(link).c_str(), &found) == 0 && found.f_type == PROC_SUPER_MAGIC;
}

// A device, a pipe or a folder is seen to later, as by any other name.
Result<void> check_in_proc(const std::string& name, const std::string& link) {
  struct stat status {};
  if (::stat(link.c_str(), &status) != 0) return fail_errno(errno, "following", in_words(name));
  if (!S_ISREG(status.st_mode)) return {};
  return fail(ErrorCode::kInvalid, in_words(name) + ": is what another process has open, or part of /proc; name the " +
                                       "file itself to replace it");
}

// By whatever name: replaced, it would no longer be where the rest of the output goes.
std::optional<int> standard_stream_of(const struct stat& file) {
  if (!S_ISREG(file.st_mode)) return std::nullopt;
  for (const int descriptor : {STDOUT_FILENO, STDERR_FILENO}) {
    struct stat open {};
    const bool is_same = ::fstat(descriptor, &open) == 0 && open.st_dev == file.st_dev && open.st_ino == file.st_ino;
    if (is_same && (::fcntl(descriptor, F_GETFL) & O_ACCMODE) != O_RDONLY) return descriptor;
  }
  return std::nullopt;
}

Result<std::string> behind(const std::string& link) {
  std::array<char, PATH_MAX> target{};
  const auto count = ::readlink(link.c_str(), target.data(), target.size());
  if (count < 0) return fail_errno(errno, "following", shown_name(link));
  std::string path(target.data(), static_cast<std::size_t>(count));
  return path.starts_with('/') ? path : folder_of(link) + "/" + path;
}

// The file that a link leads to is not there: it can be made if its folder is.
Result<void> check_folder(const std::string& name, const std::string& local) {
  const auto folder = folder_of(local);
  struct stat status {};
  if (::stat(folder.c_str(), &status) == 0) return {};
  auto failed = fail_errno(errno, "looking at", shown_name(folder)).error();
  failed.message = in_words(name) + ": is a link to " + shown_name(local) + ": " + failed.message;
  return std::unexpected(std::move(failed));
}

}  // namespace

Result<OutputTarget> output_target(const std::string& name) {
  OutputTarget target{.local = name, .descriptor = std::nullopt};
  for (int links = 0; links <= kMostLinks; ++links) {
    if (const auto number = descriptor_number(target.local)) {
      if (was_given(*number)) return OutputTarget{.local = name, .descriptor = number};
      return fail(ErrorCode::kNotFound,
                  in_words(name) + ": descriptor " + std::to_string(*number) + " was not opened for ndisk");
    }
    struct stat status {};
    if (::lstat(target.local.c_str(), &status) != 0) {
      if (links == 0) return target;  // whatever is wrong with it is told when it is made
      if (errno != ENOENT) return fail_errno(errno, "following", in_words(name));
      const auto makeable = check_folder(name, target.local);
      return makeable ? Result<OutputTarget>(target) : std::unexpected(makeable.error());
    }
    if (!S_ISLNK(status.st_mode)) {
      target.descriptor = standard_stream_of(status);
      return target;
    }
    if (is_in_proc(target.local)) {
      const auto checked = check_in_proc(name, target.local);
      return checked ? Result<OutputTarget>(target) : std::unexpected(checked.error());
    }
    auto next = behind(target.local);
    if (!next) return std::unexpected(next.error());
    target.local = std::move(*next);
  }
  return fail_errno(ELOOP, "following", in_words(name));
}

}  // namespace ndisk::client
