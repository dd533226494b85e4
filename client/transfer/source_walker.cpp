#include "client/transfer/source_walker.hpp"

#include "client/transfer/part_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>

#include "common/shown_name.hpp"

namespace ndisk::client {
namespace {

using Kind = SourceItem::Kind;

SourceItem item_of(Kind kind, std::string local, RemotePath remote, Error error) {
  return {.kind = kind, .local = std::move(local), .remote = std::move(remote), .error = std::move(error)};
}

Error not_put(const std::string& local, const char* what) {
  return {ErrorCode::kInvalid, shown_name(local) + ": skipped, " + what, false};
}

const char* kind_of_file(mode_t mode) {
  if (S_ISLNK(mode)) return "a symbolic link";
  if (S_ISSOCK(mode)) return "a socket";
  if (S_ISFIFO(mode)) return "a named pipe";
  return "a device";
}

}  // namespace

std::vector<SourceItem> SourceWalker::next(std::size_t most) {
  std::vector<SourceItem> items;
  while (items.size() < most && !(folders_.empty() && sources_.empty())) {
    if (folders_.empty()) {
      take_operand(items);
    } else {
      take_entry(items);
    }
  }
  return items;
}

void SourceWalker::take_operand(std::vector<SourceItem>& items) {
  auto source = std::move(sources_.front());
  sources_.pop_front();
  struct stat status {};
  if (::stat(source.local.c_str(), &status) != 0) {
    const auto failed = fail_errno(errno, "reading", shown_name(source.local));
    return items.push_back(item_of(Kind::kProblem, source.local, source.remote, failed.error()));
  }
  if (S_ISDIR(status.st_mode) && !recursive_) {
    const Error error{ErrorCode::kIsFolder,
                      shown_name(source.local) + ": is a folder; use -r to put it with all in it"};
    return items.push_back(item_of(Kind::kProblem, source.local, source.remote, error));
  }
  if (S_ISDIR(status.st_mode)) return enter(std::move(source.local), std::move(source.remote), items);
  if (!S_ISREG(status.st_mode)) {
    const Error error{ErrorCode::kInvalid, shown_name(source.local) + ": is " + kind_of_file(status.st_mode) +
                                               "; put - --name NAME takes a stream"};
    return items.push_back(item_of(Kind::kProblem, source.local, source.remote, error));
  }
  items.push_back({.local = std::move(source.local),
                   .remote = std::move(source.remote),
                   .size = static_cast<std::uint64_t>(status.st_size)});
}

void SourceWalker::enter(std::string local, RemotePath remote, std::vector<SourceItem>& items) {
  Folder folder{.open = {}, .local = std::move(local), .remote = std::move(remote)};
  folder.open.reset(::opendir(folder.local.c_str()));
  if (!folder.open) {
    const auto failed = fail_errno(errno, "reading the folder", shown_name(folder.local));
    return items.push_back(item_of(Kind::kProblem, folder.local, folder.remote, failed.error()));
  }
  folders_.push_back(std::move(folder));
}

void SourceWalker::leave(std::vector<SourceItem>& items) {
  auto folder = std::move(folders_.back());
  folders_.pop_back();
  if (!folder.gave_something && !folder.remote.is_root()) {
    items.push_back({.kind = Kind::kEmptyFolder, .local = std::move(folder.local), .remote = std::move(folder.remote)});
  }
}

void SourceWalker::take_entry(std::vector<SourceItem>& items) {
  auto& folder = folders_.back();
  errno = 0;
  const auto* entry = ::readdir(folder.open.get());
  if (entry == nullptr && errno != 0) {
    const auto failed = fail_errno(errno, "reading the folder", shown_name(folder.local));
    items.push_back(item_of(Kind::kProblem, folder.local, folder.remote, failed.error()));
  }
  if (entry == nullptr) return leave(items);
  const std::string name = entry->d_name;
  if (name != "." && name != "..") look_at(name, items);
}

void SourceWalker::look_at(const std::string& name, std::vector<SourceItem>& items) {
  if (is_unfinished_name(name)) return;  // of an ndisk get that was cut short
  auto& folder = folders_.back();
  auto local = folder.local + (folder.local.ends_with('/') ? "" : "/") + name;
  auto remote = folder.remote.child(name);
  if (!remote) {
    const auto failed = fail_with_context(shown_name(local), remote.error());
    return items.push_back(item_of(Kind::kProblem, local, {}, failed.error()));
  }
  struct stat status {};
  if (::fstatat(::dirfd(folder.open.get()), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
    const auto failed = fail_errno(errno, "reading", shown_name(local));
    return items.push_back(item_of(Kind::kProblem, local, *remote, failed.error()));
  }
  if (S_ISDIR(status.st_mode)) {
    folder.gave_something = true;
    return enter(std::move(local), std::move(*remote), items);
  }
  if (!S_ISREG(status.st_mode)) {
    const auto error = not_put(local, kind_of_file(status.st_mode));
    return items.push_back(item_of(Kind::kSkipped, local, *remote, error));
  }
  folder.gave_something = true;
  items.push_back(
      {.local = std::move(local), .remote = std::move(*remote), .size = static_cast<std::uint64_t>(status.st_size)});
}

}  // namespace ndisk::client
