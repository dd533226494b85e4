#include "client/upload/source_walker.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>

#include "client/download/part_file.hpp"
#include "client/remote/tree_order.hpp"
#include "common/shown_name.hpp"

namespace ndisk::client {
namespace {

using Kind = SourceItem::Kind;
using Verdict = Filter::Verdict;

const char* what_it_is(mode_t mode) {
  if (S_ISSOCK(mode)) return "socket";
  if (S_ISFIFO(mode)) return "named pipe";
  return "device";
}

// What an ndisk get makes while it runs, and leaves if it is killed.
bool is_unfinished(std::string_view name, bool is_folder) {
  return is_temporary_name(name) || (is_folder && is_part_folder_name(name));
}

std::string joined(const std::string& folder, std::string_view name) {
  std::string path = folder;
  if (!path.empty() && path.back() != '/') path.push_back('/');
  return path.append(name);
}

// The path itself was named, and is no link.
std::size_t followed_to_last(const std::string& local) { return local.rfind('/') + 1; }

Error reading_failed(int number, const std::string& local) {
  return fail_errno(number, "reading", shown_name(local)).error();
}

}  // namespace

std::vector<SourceItem> SourceWalker::next(std::size_t most) {
  items_.clear();
  while (items_.size() < most) {
    if (!folders_.empty()) {
      take_entry();
    } else if (named_) {
      take_name();
    } else if (!sources_.empty()) {
      take_operand();
    } else {
      break;
    }
  }
  return std::exchange(items_, {});
}

void SourceWalker::take_operand() {
  auto source = std::move(sources_.front());
  sources_.pop_front();
  SourceItem item{.is_operand = true, .may_repeat = source.may_repeat, .local = source.local, .remote = source.remote};
  const bool follow = !options_.recursive || options_.follow || source.local.ends_with('/');
  struct stat status {};
  if (::fstatat(AT_FDCWD, source.local.c_str(), &status, follow ? 0 : AT_SYMLINK_NOFOLLOW) != 0) {
    const auto error = reading_failed(errno, item.local);
    return give_problem(std::move(item), error);
  }
  if (!follow) item.followed = S_ISDIR(status.st_mode) ? item.local.size() : followed_to_last(item.local);
  const auto shown = shown_name(item.local);
  if (options_.names) {
    if (!S_ISDIR(status.st_mode)) {
      return give_problem(std::move(item), {ErrorCode::kNotFolder,
                                            shown + ": is not a folder; --files-from names what is in one", false});
    }
    named_ = std::move(source);
    next_name_ = 0;
    last_parent_.clear();
    item.kind = Kind::kFolder;
    item.stamp = stamp_of(status);
    return give(std::move(item));
  }
  if (S_ISDIR(status.st_mode)) {
    if (options_.recursive) return enter(std::move(item), status, "", AT_FDCWD, source.local.c_str(), false);
    return give_problem(std::move(item),
                        {ErrorCode::kIsFolder, shown + ": is a folder; use -r to put it with all in it", false});
  }
  if (!S_ISREG(status.st_mode) && !S_ISLNK(status.st_mode)) {
    const auto words = shown + ": is a " + what_it_is(status.st_mode) + "; put - --name NAME takes a stream";
    return give_problem(std::move(item), {ErrorCode::kInvalid, words, false});
  }
  const auto verdict = options_.filter.verdict(item.remote.name(), false);
  take(std::move(item), status, "", AT_FDCWD, source.local.c_str(), verdict);
}

// One line of --files-from. What it names is taken whatever filters say; they count again below a folder.
void SourceWalker::take_name() {
  const auto& names = *options_.names;
  if (next_name_ == names.size()) return named_.reset();
  const auto& name = names[next_name_++];
  SourceItem item{.local = name.empty() ? named_->local : joined(named_->local, name)};
  if (!options_.follow) item.followed = followed_to_last(item.local);
  if (const auto below = RemotePath::from_wire(name); below) {
    auto whole = named_->remote.join(*below);
    if (!whole) return give_problem(std::move(item), whole.error());
    item.remote = std::move(*whole);
  }
  struct stat status {};
  const int flags = options_.follow ? 0 : AT_SYMLINK_NOFOLLOW;
  if (::fstatat(AT_FDCWD, item.local.c_str(), &status, flags) != 0) {
    const auto error = reading_failed(errno, item.local);
    return give_problem(std::move(item), error);
  }
  if (S_ISDIR(status.st_mode) && !options_.recursive) {
    const auto words = shown_name(item.local) + ": is a folder; use -r to put it with all in it";
    return give_problem(std::move(item), {ErrorCode::kIsFolder, words, false});
  }
  give_parents_of(name);
  if (S_ISDIR(status.st_mode)) {
    while (next_name_ < names.size() && is_below(names[next_name_], name)) ++next_name_;
    last_parent_ = name;
  }
  const auto local = item.local;
  take(std::move(item), status, name, AT_FDCWD, local.c_str(), Verdict::kTake);
}

// The folders between the operand and a name, each once: names come in the order of trees.
void SourceWalker::give_parents_of(const std::string& name) {
  for (auto end = name.find('/'); end != name.npos; end = name.find('/', end + 1)) {
    const auto parent = name.substr(0, end);
    if (parent == last_parent_ || is_below(last_parent_, parent)) continue;
    last_parent_ = parent;
    SourceItem item{.kind = Kind::kFolder, .local = joined(named_->local, parent)};
    const auto below = RemotePath::from_wire(parent);
    const auto remote = below ? named_->remote.join(*below) : below;
    struct stat status {};
    if (!remote || ::stat(item.local.c_str(), &status) != 0) return;  // what is below it has said so
    item.remote = *remote;
    item.stamp = stamp_of(status);
    give(std::move(item));
  }
}

void SourceWalker::take_entry() {
  auto& folder = folders_.back();
  if (folder.names.empty()) return folders_.pop_back();
  look_at(folder.names.take());
}

void SourceWalker::look_at(const char* name) {
  auto& folder = folders_.back();
  SourceItem item{.local = joined(folder.item.local, name)};
  if (!options_.follow) item.followed = std::min(folder.item.followed, folder.item.local.size());
  auto remote = folder.item.remote.child(name);
  if (!remote) {
    const auto failed = fail_with_context(shown_name(item.local), remote.error());
    return give_problem(std::move(item), failed.error());
  }
  item.remote = std::move(*remote);
  struct stat status {};
  const int parent = folder.open.get();
  if (::fstatat(parent, name, &status, options_.follow ? 0 : AT_SYMLINK_NOFOLLOW) != 0) {
    const auto error = reading_failed(errno, item.local);
    return give_problem(std::move(item), error);
  }
  auto below = joined(folder.below, name);
  const bool is_folder = S_ISDIR(status.st_mode);
  auto verdict = options_.filter.verdict(below, is_folder);
  if (verdict != Verdict::kTake && verdict != Verdict::kLeaveOut && is_ignored(below, is_folder)) {
    verdict = Verdict::kLeaveOut;
  }
  if (verdict != Verdict::kLeaveOut && is_unfinished(name, is_folder)) {
    item.is_unfinished = true;
    return give_skipped(std::move(item), "unfinished download", "an ndisk get has not finished it");
  }
  take(std::move(item), status, std::move(below), parent, name, verdict);
}

void SourceWalker::take(SourceItem item, const struct stat& status, std::string below, int parent, const char* name,
                        Verdict verdict) {
  item.stamp = stamp_of(status);
  if (verdict == Verdict::kLeaveOut) {
    item.kind = Kind::kLeftOut;
    if (options_.tell_left_out) items_.push_back(std::move(item));
    return;
  }
  if (S_ISDIR(status.st_mode)) {
    const bool through = verdict == Verdict::kThrough;
    return enter(std::move(item), status, std::move(below), parent, name, through);
  }
  if (S_ISLNK(status.st_mode)) {
    item.kind = Kind::kLink;
    item.stamp.mode = 0777;
  } else if (!S_ISREG(status.st_mode)) {
    const auto* what = what_it_is(status.st_mode);
    return give_skipped(std::move(item), what, std::string("a ") + what);
  } else if (is_growing(status)) {
    return give_skipped(std::move(item), "receipts", "receipts are being added to it");
  }
  give(std::move(item));
}

void SourceWalker::enter(SourceItem item, const struct stat& status, std::string below, int parent, const char* name,
                         bool through) {
  item.kind = Kind::kFolder;
  item.stamp = stamp_of(status);
  if (is_above_itself(status)) {
    return give_skipped(std::move(item), "loop", "it leads back to a folder above it");
  }
  Folder folder{.item = std::move(item), .device = status.st_dev, .inode = status.st_ino, .below = std::move(below)};
  const bool follow = options_.follow || folder.item.is_operand;
  folder.open = FileDescriptor(::openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | (follow ? 0 : O_NOFOLLOW)));
  const int number = errno;
  folders_.push_back(std::move(folder));
  if (!through) give_folders();
  auto& entered = folders_.back();
  Result<void> read;
  if (entered.open) {
    read = read_folder(entered);
  } else {
    read = fail_errno(number, "reading the folder", shown_name(entered.item.local));
  }
  if (read) return;
  SourceItem problem{.local = entered.item.local, .remote = entered.item.remote};
  folders_.pop_back();
  give_problem(std::move(problem), read.error());
}

// Its names, and what its ignore file says. Without the one nothing of the folder can be put, and without the other
// what is not meant for the drive would be.
Result<void> SourceWalker::read_folder(Folder& folder) {
  const auto shown = shown_name(folder.item.local);
  auto names = FolderNames::read(folder.open.get(), shown);
  if (!names) return std::unexpected(names.error());
  if (names->holds(kIgnoreFileName)) {
    auto text = read_ignore_text(folder.open.get(), joined(folder.item.local, kIgnoreFileName));
    if (!text) return std::unexpected(text.error());
    folder.ignore = IgnoreFile::parse(*text);
  }
  folder.names = std::move(*names);
  return {};
}

bool SourceWalker::is_growing(const struct stat& status) const {
  const auto& growing = options_.growing;
  return growing && growing->device == status.st_dev && growing->inode == status.st_ino;
}

bool SourceWalker::is_above_itself(const struct stat& status) const {
  return std::ranges::any_of(folders_, [&status](const Folder& folder) {
    return folder.device == status.st_dev && folder.inode == status.st_ino;
  });
}

// The innermost folder's file has the last word.
bool SourceWalker::is_ignored(std::string_view below, bool is_folder) const {
  for (auto folder = folders_.rbegin(); folder != folders_.rend(); ++folder) {
    if (!folder->ignore) continue;
    const auto inside = folder->below.empty() ? below : below.substr(folder->below.size() + 1);
    if (const auto said = folder->ignore->ignores(inside, is_folder)) return *said;
  }
  return false;
}

void SourceWalker::give_folders() {
  for (auto& folder : folders_) {
    if (!std::exchange(folder.given, true)) items_.push_back(folder.item);
  }
}

void SourceWalker::give(SourceItem item) {
  give_folders();
  items_.push_back(std::move(item));
}

void SourceWalker::give_problem(SourceItem item, Error error) {
  item.kind = Kind::kProblem;
  item.error = std::move(error);
  items_.push_back(std::move(item));
}

void SourceWalker::give_skipped(SourceItem item, const char* what, const std::string& word) {
  item.kind = Kind::kSkipped;
  item.what = what;
  item.error = {ErrorCode::kInvalid, shown_name(item.local) + ": skipped, " + word, false};
  items_.push_back(std::move(item));
}

}  // namespace ndisk::client
