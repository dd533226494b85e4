#include "storage/commit_queue.hpp"

#include <algorithm>
#include <chrono>
#include <new>
#include <utility>

#include "storage/backup_mark.hpp"
#include "storage/log.hpp"

namespace ndisk::storage {
namespace {

Error stopping_error() noexcept {
  try {
    return {ErrorCode::kShuttingDown, "the server is stopping; try again later", true};
  } catch (const std::bad_alloc&) {
    return out_of_memory();
  }
}

Error too_many_heavy() {
  return {ErrorCode::kBusy, "too many of your changes of large or deep folders wait for their turn; try again later",
          true};
}

}  // namespace

CommitQueue::CommitQueue(Catalog& catalog, ObjectStore& objects, const Clock& clock, bool with_tree, Hooks hooks)
    : catalog_(catalog),
      objects_(objects),
      clock_(clock),
      hooks_(std::move(hooks)),
      context_(catalog.writer(), clock, with_tree),
      sync_(objects, kMaxGroup, std::move(hooks_.dirty_upload_bytes)) {
  thread_ = std::thread([this] { run_thread(); });
}

CommitQueue::~CommitQueue() { stop(); }

void CommitQueue::submit(std::unique_ptr<Mutation> mutation) {
  std::unique_lock lock(mutex_);
  if (std::this_thread::get_id() != writer_) {
    room_made_.wait(lock, [this] { return queue_.size() < kMaxQueued || stopping_; });
  }
  if (!stopping_) {
    queue_.push_back(std::move(mutation));
    work_arrived_.notify_one();
    return;
  }
  lock.unlock();
  finish(*mutation, stopping_error(), false);
}

void CommitQueue::submit_heavy(std::int64_t user, std::unique_ptr<Mutation> mutation, std::size_t most) {
  std::unique_lock lock(mutex_);
  const bool is_late = stopping_;
  if (!is_late && heavy_.add(user, mutation, most)) {
    work_arrived_.notify_one();
    return;
  }
  lock.unlock();
  finish(*mutation, is_late ? stopping_error() : too_many_heavy(), false);
}

void CommitQueue::stop() {
  {
    const std::scoped_lock lock(mutex_);
    stopping_ = true;
    work_arrived_.notify_all();
    room_made_.notify_all();
  }
  if (thread_.joinable()) thread_.join();
}

void CommitQueue::run_thread() {
  {
    const std::scoped_lock lock(mutex_);
    writer_ = std::this_thread::get_id();
  }
  // What waits for an end must get one, so nothing here may need memory that it might not get.
  Group group;
  Group next;
  group.reserve(kMaxGroup);
  next.reserve(kMaxGroup);
  for (;;) {
    auto turn = Turn::kEnd;
    {
      std::unique_lock lock(mutex_);
      turn = take_turn(lock, group);
    }
    switch (turn) {
      case Turn::kLight: do_light(group, next); break;
      case Turn::kHeavy: do_heavy(group); break;
      case Turn::kRefuseHeavy: finish(*group.front(), stopping_error(), false); break;
      case Turn::kEnd: return;
    }
    group.clear();
  }
}

// What is light goes in groups; one that is heavy goes alone, when those that it made wait have had their time.
CommitQueue::Turn CommitQueue::take_turn(std::unique_lock<std::mutex>& lock, Group& group) {
  for (;;) {
    if (is_heavy_due() && !stopping_) {
      group.push_back(heavy_.take());
      return Turn::kHeavy;
    }
    if (!queue_.empty()) {
      take_light(group);
      return Turn::kLight;
    }
    if (stopping_) {
      if (heavy_.empty()) return Turn::kEnd;
      group.push_back(heavy_.take());
      return Turn::kRefuseHeavy;
    }
    if (heavy_.empty()) {
      work_arrived_.wait(lock);
    } else {
      work_arrived_.wait_for(lock, std::chrono::nanoseconds(heavy_.pause(clock_.now())));
    }
  }
}

bool CommitQueue::is_heavy_due() const {
  if (heavy_.empty() || heavy_.pause(clock_.now()) > 0) return false;
  return queue_.empty() || !heavy_.others_first();
}

void CommitQueue::take_light(Group& group) {
  for (; !queue_.empty() && group.size() < kMaxGroup; queue_.pop_front()) group.push_back(std::move(queue_.front()));
  heavy_.let_others();
  room_made_.notify_all();
}

// A few would have to be synced one by one, where together with those that come meanwhile they may be enough.
void CommitQueue::take_next(Group& group) {
  const std::scoped_lock lock(mutex_);
  if (queue_.size() < ObjectStore::kSyncAllFrom || (is_heavy_due() && !stopping_)) return;
  take_light(group);
}

// The disk has the next group's content to write while the catalog's log is written and waited for.
void CommitQueue::do_light(Group& group, Group& next) {
  leave_out(group, sync_.sync(group));
  while (!group.empty()) {
    take_next(next);
    if (!next.empty()) sync_.begin(next);
    commit_group(group);
    group.clear();
    if (next.empty()) return;
    leave_out(next, sync_.wait());
    std::swap(group, next);
  }
}

void CommitQueue::do_heavy(Group& group) {
  heavy_.began(clock_.now());
  leave_out(group, sync_.sync(group));
  if (!group.empty()) commit_group(group);
  const std::scoped_lock lock(mutex_);
  heavy_.ended(clock_.now(), !queue_.empty());
}

void CommitQueue::leave_out(Group& group, const Result<void>& synced) {
  if (synced) return;
  for (auto& mutation : group) {
    auto* object = mutation->object();
    if (object == nullptr || object->durable) continue;
    finish(*mutation, synced.error(), false);
    mutation.reset();
  }
  std::erase(group, nullptr);
}

// One transaction for all; if the database fails, each change gets a transaction of its own and its own answer. A lock
// that somebody holds on the catalog meets all of them alike: each try would wait for it in vain.
void CommitQueue::commit_group(Group& group) {
  const auto together = try_commit(group);
  if (!together.error || !together.begun || group.size() == 1) {
    for (auto& mutation : group) finish(*mutation, together.error, together.outcome_unknown);
    return;
  }
  log_warning("a group of " + std::to_string(group.size()) +
              " changes is tried one by one: " + together.error->message);
  Attempt last;
  for (auto& mutation : group) {
    if (!last.error || last.begun) last = try_commit(std::span(&mutation, 1));
    finish(*mutation, last.error, together.outcome_unknown || last.outcome_unknown);
  }
}

CommitQueue::Attempt CommitQueue::try_commit(std::span<const std::unique_ptr<Mutation>> group) {
  auto& database = catalog_.writer();
  Attempt attempt;
  database.run("BEGIN IMMEDIATE");
  attempt.begun = !database.failed();
  bool is_use = false;
  try {
    is_use = apply(group);
    if (is_use && !use_is_noted_) mark_backup_used(database);
  } catch (const std::bad_alloc&) {
    database.fail(out_of_memory());
  }
  forget_outbox();
  const bool reached_commit = !database.failed();
  database.run("COMMIT");
  attempt.error = database.take_error();
  // What was rolled back, the whole or one change of it, may have grown the log.
  if (!attempt.error) {
    database.cut_log();
    use_is_noted_ = use_is_noted_ || is_use;
    if (hooks_.committed) hooks_.committed(context_.last_outbox_seq());
    return attempt;
  }
  // A log that could not grow has no commit in it; after any other failure nobody knows.
  attempt.outcome_unknown = reached_commit && attempt.error->code != ErrorCode::kNoSpace;
  database.roll_back();
  if (attempt.begun) database.cut_log();
  context_.discard();
  forgotten_outbox_ = 0;
  return attempt;
}

// What is written at the end counts, whoever made it wait until then.
bool CommitQueue::apply(std::span<const std::unique_ptr<Mutation>> group) {
  const auto& database = catalog_.writer();
  bool is_asked_for = false;
  bool is_use = false;
  for (const auto& mutation : group) {
    if (database.failed()) return is_use;
    const auto before = database.all_changes();
    mutation->apply(context_);
    if (mutation->work() != Work::kUse) continue;
    is_asked_for = true;
    is_use = is_use || database.all_changes() != before;
  }
  const auto before = database.all_changes();
  context_.flush();
  return is_use || (is_asked_for && database.all_changes() != before);
}

void CommitQueue::forget_outbox() {
  const auto done = hooks_.tree_done ? hooks_.tree_done() : 0;
  if (done > forgotten_outbox_) context_.outbox.remove_up_to(done);
  forgotten_outbox_ = done;
}

void CommitQueue::finish(Mutation& mutation, std::optional<Error> error, bool outcome_unknown) {
  auto* object = mutation.object();
  // After a commit that may or may not have reached the disk, the file stays: a row may refer to it.
  const bool drop = object != nullptr && (error ? !outcome_unknown : !object->taken_up);
  if (drop) {
    object->close();
    try {
      if (auto removed = objects_.remove(object->id, object->sha256); !removed) {
        log_warning("an unused object stays until it is collected: " + removed.error().message);
      }
    } catch (const std::bad_alloc&) {
      log_warning("an unused object stays until it is collected");
    }
  }
  mutation.finish(std::move(error));
}

}  // namespace ndisk::storage
