#include "storage/tree_mirror.hpp"

#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <new>

#include "common/shown_name.hpp"
#include "storage/log.hpp"
#include "storage/stale_tree.hpp"
#include "storage/table_users.hpp"

namespace ndisk::storage {
namespace {

constexpr int kBatch = 256;
constexpr std::int64_t kSyncEvery = 4096;
constexpr auto kQuietTime = std::chrono::seconds(2);
constexpr mode_t kUserMode = 0750;
constexpr std::size_t kFoldersKept = 32;  // of users, with two descriptors each
constexpr auto kFlushWait = std::chrono::minutes(10);
constexpr auto kFirstRetry = std::chrono::milliseconds(500);
constexpr auto kLastRetry = std::chrono::seconds(60);
// Without memory, when there is no later.
constexpr int kTriesToStop = 100;
constexpr auto kTryToStopEvery = std::chrono::milliseconds(10);

// Worth another try later; everything else stays as it is however often one tries.
bool may_pass(Errno error) {
  switch (error.number) {
    case ENOSPC:
    case EDQUOT:
    case EIO:
    case EMFILE:
    case ENFILE:
    case ENOMEM:
    case EROFS: return true;
    default: return false;
  }
}

}  // namespace

TreeMirror::TreeMirror(FileLayer& files, const DataDirectory& directory, Catalog& catalog, const ObjectStore& objects)
    : files_(files),
      directory_(directory),
      catalog_(catalog),
      objects_(objects),
      grave_(files, directory.graves.get()),
      progress_(files, directory.root.get()) {}

TreeMirror::~TreeMirror() { stop(); }

Result<std::int64_t> TreeMirror::done_before() {
  auto number = progress_.load();
  if (!number) return fail_disk(number.error(), "read", directory_.path);
  return *number;
}

Result<void> TreeMirror::doubt_done() {
  if (auto noted = progress_.note_lost(); !noted) return fail_disk(noted.error(), "note", "the tree's progress");
  return {};
}

Result<void> TreeMirror::forget_done() {
  if (auto done = progress_.forget(); !done) return fail_disk(done.error(), "remove", "the tree's progress");
  return {};
}

void TreeMirror::start(const Start& from) {
  announced_ = from.last;
  done_ = from.done;
  durable_ = from.durable;
  if (from.is_stale) stale_until_ = from.last;
  thread_ = std::thread([this] { run_thread(); });
}

void TreeMirror::announce(std::int64_t last) {
  const std::scoped_lock lock(mutex_);
  if (last <= announced_) return;
  announced_ = last;
  changed_.notify_all();
}

std::int64_t TreeMirror::durable() const {
  const std::scoped_lock lock(mutex_);
  return durable_;
}

Result<void> TreeMirror::flush() {
  std::unique_lock lock(mutex_);
  const auto target = announced_;
  const auto asked = ++asked_;
  changed_.notify_all();
  changed_.wait_for(lock, kFlushWait, [&] { return done_ >= target || failed_for_ >= asked || waits_end_; });
  if (done_ >= target) return {};
  if (failed_for_ >= asked) return std::unexpected(trouble_);
  if (waits_end_) return fail(ErrorCode::kShuttingDown, "the server is stopping; tree/ is finished at its next start");
  return fail(ErrorCode::kDeadline, "tree/ takes too long to follow", true);
}

void TreeMirror::end_waits() {
  const std::scoped_lock lock(mutex_);
  waits_end_ = true;
  changed_.notify_all();
}

void TreeMirror::begin_stop() {
  const std::scoped_lock lock(mutex_);
  waits_end_ = stopping_ = true;
  grave_.stop();
  changed_.notify_all();
}

void TreeMirror::stop() {
  begin_stop();
  if (thread_.joinable()) thread_.join();
}

void TreeMirror::run_thread() {
  try {
    empty_grave();
  } catch (const std::bad_alloc&) {
    log_warning("tree-removed/ is emptied later: no memory");
  }
  std::chrono::milliseconds pause = kFirstRetry;
  for (int tries_to_stop = 0; tries_to_stop < kTriesToStop;) {
    const auto next = wait_for_work();
    const auto tried_for = begin_try();
    try {
      if (next != Next::kWork) sync();
      if (next == Next::kStop) return;
      if (next == Next::kSync) continue;
      if (auto done = do_some(); !done) {
        log_warning("tree/: " + done.error().message);
        wait_to_try_again(std::move(done.error()), tried_for, pause);
      } else {
        pause = kFirstRetry;
      }
    } catch (const std::bad_alloc&) {
      if (wait_to_try_again(out_of_memory(), tried_for, pause)) continue;
      ++tries_to_stop;
      std::this_thread::sleep_for(kTryToStopEvery);
    }
  }
}

TreeMirror::Next TreeMirror::wait_for_work() {
  std::unique_lock lock(mutex_);
  const auto has_work = [this] { return announced_ > done_ || stopping_; };
  const auto unsynced = sync_failed_ ? 0 : done_ - durable_;
  if (unsynced == 0 && !progress_is_wrong_) {
    changed_.wait(lock, has_work);
  } else if (unsynced >= kSyncEvery || !changed_.wait_for(lock, kQuietTime, has_work)) {
    return stopping_ ? Next::kStop : Next::kSync;
  }
  return stopping_ ? Next::kStop : Next::kWork;
}

void TreeMirror::sync() {
  if (progress_is_wrong_) return static_cast<void>(take_progress_back());
  std::unique_lock lock(mutex_);
  const auto target = done_;
  if (sync_failed_ || durable_ == target) return;
  lock.unlock();
  const auto synced = files_.sync_file_system(directory_.tree.get());
  lock.lock();
  if (synced) {
    durable_ = target;
    lock.unlock();
    return note_made_anew();
  }
  sync_failed_ = progress_is_wrong_ = true;  // first, and without memory
  lock.unlock();
  if (!take_progress_back()) log_warning("the tree's progress can't be taken back yet: that is tried again");
  log_warning(fail_disk(synced.error(), "sync", "tree/").error().message + "; the next start repeats it");
}

void TreeMirror::note_made_anew() {
  if (stale_until_ == 0 || durable() < stale_until_) return;
  if (auto gone = forget_stale_tree(files_, directory_); !gone) {
    log_warning(fail_disk(gone.error(), "remove", "tree-stale").error().message + "; the next start makes tree/ anew");
  }
  stale_until_ = 0;
}

// Without it the next start would leave out what may be lost now. Tried until it is done.
DiskResult<> TreeMirror::take_progress_back() {
  auto noted = progress_.note_lost();
  if (noted) progress_is_wrong_ = false;
  return noted;
}

Result<void> TreeMirror::do_some() {
  const auto [after, target] = [this] {
    const std::scoped_lock lock(mutex_);
    return std::pair(done_, announced_);
  }();
  auto rows = catalog_.read(
      [&](Database& database) -> Result<std::vector<OutboxRow>> { return OutboxTable(database).after(after, kBatch); });
  if (!rows) return std::unexpected(std::move(rows.error()));
  for (const auto& row : *rows) {
    if (!apply_until_done(row)) return {};
    const std::scoped_lock lock(mutex_);
    done_ = row.seq;
    changed_.notify_all();
    if (stopping_) return {};
  }
  if (!rows->empty()) return {};
  // All that was announced was read before: nothing is left.
  const std::scoped_lock lock(mutex_);
  done_ = std::max(done_, target);
  changed_.notify_all();
  return {};
}

// False if it was stopped before.
bool TreeMirror::apply_until_done(const OutboxRow& row) {
  std::chrono::milliseconds pause = kFirstRetry;
  for (;;) {
    const auto tried_for = begin_try();
    const auto applied = try_to_apply(row);
    if (applied) return true;
    if (grave_.is_stopped()) return false;
    auto error = fail_disk(applied.error(), "show", "tree/…/" + shown_name(row.path)).error();
    if (!may_pass(applied.error())) {
      log_warning(error.message + "; it is left out of the tree");
      return true;
    }
    log_warning(error.message + "; trying again");
    if (!wait_to_try_again(std::move(error), tried_for, pause)) return false;
  }
}

std::uint64_t TreeMirror::begin_try() {
  const std::scoped_lock lock(mutex_);
  return asked_;
}

bool TreeMirror::wait_to_try_again(Error error, std::uint64_t tried_for, std::chrono::milliseconds& pause) {
  // Their descriptors may be what is missing.
  folders_.clear();
  std::unique_lock lock(mutex_);
  trouble_ = std::move(error);
  failed_for_ = tried_for;
  changed_.notify_all();
  changed_.wait_for(lock, pause, [&] { return stopping_ || asked_ > tried_for; });
  pause = std::min<std::chrono::milliseconds>(pause * 2, kLastRetry);
  return !stopping_;
}

DiskResult<> TreeMirror::try_to_apply(const OutboxRow& row) {
  try {
    return apply(row);
  } catch (const std::bad_alloc&) {
    return std::unexpected(Errno{ENOMEM});
  }
}

DiskResult<> TreeMirror::apply(const OutboxRow& row) {
  if (look_anew_.exchange(false)) {
    folders_.clear();
    empty_grave();
  }
  if (row.op == TreeOp::kRemoveUser) return remove_user(row);
  auto folder = folder_of(row.user);
  if (!folder) return std::unexpected(folder.error());
  // An entry that comes later removes all of it.
  if (*folder == nullptr) return {};
  DiskResult<> done;
  switch (row.op) {
    case TreeOp::kLink: done = (*folder)->link(row.path, ObjectStore::name(row.object, row.sha256)); break;
    case TreeOp::kMakeFolder: done = (*folder)->make_folder(row.path); break;
    case TreeOp::kRemove: done = (*folder)->remove(row.path); break;
    case TreeOp::kRename: done = rename(**folder, row); break;
    case TreeOp::kRemoveUser: break;
  }
  if (grave_.is_used()) empty_grave();
  return done;
}

// Another user may get the name at once: that one's entries come after this.
DiskResult<> TreeMirror::remove_user(const OutboxRow& row) {
  folders_.erase(row.user);
  DiskResult<> done;
  if (row.path.empty()) {
    done = remove_strangers();
  } else {
    done = grave_.bury(directory_.tree.get(), row.path);
    if (!done && done.error().number == ENOENT) done = {};
  }
  if (grave_.is_used()) empty_grave();
  return done;
}

// Of users that were removed while no tree was kept.
DiskResult<> TreeMirror::remove_strangers() {
  const int tree = directory_.tree.get();
  for (;;) {
    std::vector<std::string> strangers;
    auto users = catalog_.read([&](Database& database) -> Result<DiskResult<>> {
      return files_.visit_names(tree, [&](const std::string& name) {
        if (is_user_name(name) && !UserTable(database).find_by_name(name)) strangers.push_back(name);
        return strangers.size() < kBatch;
      });
    });
    if (!users) {
      log_warning("tree/: " + users.error().message);
      return std::unexpected(Errno{EIO});
    }
    if (!*users || strangers.empty()) return *users;
    for (const auto& name : strangers) {
      if (auto buried = grave_.bury(tree, name); !buried) return buried;
    }
  }
}

// A crash in between is told from one before and one after: the first name is free, or it is not.
DiskResult<> TreeMirror::rename(TreeFolder& folder, const OutboxRow& row) {
  if (auto noted = progress_.note(row.seq - 1); !noted) return noted;
  if (auto renamed = folder.rename(row.path, row.target); !renamed) return renamed;
  return progress_.note(row.seq);
}

void TreeMirror::empty_grave() {
  const auto emptied = grave_.empty();
  if (emptied || grave_.is_stopped()) return;
  log_warning(fail_disk(emptied.error(), "empty", "tree-removed/").error().message + "; it is tried again later");
}

DiskResult<TreeFolder*> TreeMirror::folder_of(std::int64_t user) {
  if (const auto known = folders_.find(user); known != folders_.end()) return &known->second;
  auto row = catalog_.read(
      [&](Database& database) -> Result<std::optional<UserRow>> { return UserTable(database).find(user); });
  if (!row) {
    log_warning("tree/: " + row.error().message);
    return std::unexpected(Errno{EIO});
  }
  if (!*row) return nullptr;
  auto folder = open_user_folder((*row)->name);
  if (!folder) return std::unexpected(folder.error());
  if (folders_.size() >= kFoldersKept) folders_.clear();
  return &folders_.try_emplace(user, files_, objects_.folder(), grave_, std::move(*folder)).first->second;
}

// What somebody planted in its place is not followed and gives way.
DiskResult<Fd> TreeMirror::open_user_folder(const std::string& name) {
  const int tree = directory_.tree.get();
  auto folder = files_.open(tree, name, O_RDONLY | O_DIRECTORY);
  if (!folder && (folder.error().number == ENOTDIR || folder.error().number == ELOOP)) {
    if (auto buried = grave_.bury(tree, name); !buried) return std::unexpected(buried.error());
  }
  if (!folder) {
    if (auto made = files_.make_folder(tree, name, kUserMode); !made && made.error().number != EEXIST) {
      return std::unexpected(made.error());
    }
    folder = files_.open(tree, name, O_RDONLY | O_DIRECTORY);
  }
  if (!folder) return folder;
  // Whoever was to read it before and is not any more can't from now on.
  const auto group = directory_.tree_group.value_or(::getegid());
  if (auto set = directory_.keep_tree_group ? DiskResult<>() : files_.set_group(folder->get(), group); !set) {
    log_warning("tree/" + name + " can't be given to its group: the server's user must be a member of it");
  }
  if (auto set = files_.set_mode(folder->get(), kUserMode); !set) return std::unexpected(set.error());
  return folder;
}

}  // namespace ndisk::storage
