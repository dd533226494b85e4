// CommitQueue: the one writer of the catalog. Changes that arrive together become durable together.
//
// A thread of its own takes everything that waits (at most kMaxGroup), makes the objects that come with it durable,
// applies it in one transaction, and calls the completions. While a group is committed, the objects of the next are
// made durable already, if they are many. A lone change waits for nobody. Objects whose sync fails are never recorded,
// and their files are removed. The first change that is more than upkeep says so in a backup's catalog.
//
// submit() may be called from any thread; it waits while kMaxQueued changes are queued, which bounds the memory.
// From a completion it never waits. A change that takes long goes by submit_heavy(): each has a transaction of its own,
// and lets the others go first in between (heavy_turns.hpp).
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <future>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "storage/catalog.hpp"
#include "storage/heavy_turns.hpp"
#include "storage/mutation.hpp"
#include "storage/object_sync.hpp"

namespace ndisk::storage {

class CommitQueue {
 public:
  static constexpr std::size_t kMaxGroup = 256;
  static constexpr std::size_t kMaxQueued = 256;

  struct Hooks {
    ObjectSync::DirtyBytes dirty_upload_bytes;
    // Called after each commit, before the completions, with the number of the last outbox entry.
    std::move_only_function<void(std::int64_t)> committed;
    // Up to which number outbox entries are done: the next group's transaction forgets them on the way.
    std::move_only_function<std::int64_t()> tree_done;
  };

  CommitQueue(Catalog& catalog, ObjectStore& objects, const Clock& clock, bool with_tree, Hooks hooks);
  ~CommitQueue();

  // The mutation is finished with kShuttingDown after stop().
  void submit(std::unique_ptr<Mutation> mutation);
  // The same of a change that writes very much, on behalf of a user; never waits, so that nobody's thread is kept by
  // another's changes. It is finished with kBusy, retryable, if `most` of that user's wait. One that has not begun when
  // stop() is called is finished with kShuttingDown: there may be minutes of them.
  void submit_heavy(std::int64_t user, std::unique_ptr<Mutation> mutation, std::size_t most = HeavyTurns::kMaxOfUser);

  // Submits a change and waits for its end; never call it from a completion.
  template <class T>
  [[nodiscard]] Result<T> run(std::move_only_function<Result<T>(WriteContext&)> apply, Work work = Work::kUse) {
    std::promise<Result<T>> promise;
    auto future = promise.get_future();
    submit(std::make_unique<Change<T>>(
        [apply = std::move(apply)](WriteContext& context, NewObject*) mutable { return apply(context); },
        [&promise](Result<T> result) { promise.set_value(std::move(result)); }, std::nullopt, work));
    return future.get();
  }
  // The same of upkeep.
  template <class T>
  [[nodiscard]] Result<T> run_upkeep(std::move_only_function<Result<T>(WriteContext&)> apply) {
    return run<T>(std::move(apply), Work::kUpkeep);
  }

  // Commits what is queued and not heavy, then ends the thread.
  void stop();

 private:
  using Group = std::vector<std::unique_ptr<Mutation>>;

  void run_thread();
  enum class Turn : std::uint8_t { kLight, kHeavy, kRefuseHeavy, kEnd };
  // Waits for something to do, and takes it into the group, which is empty.
  Turn take_turn(std::unique_lock<std::mutex>& lock, Group& group);
  // Whether it is a heavy change's turn.
  bool is_heavy_due() const;
  // Into the group, which is empty.
  void take_light(Group& group);
  // What is light and waits, if it is enough to be synced at once; none if a heavy change is next.
  void take_next(Group& group);
  // The group, and what comes after it at once; both are empty in the end.
  void do_light(Group& group, Group& next);
  void do_heavy(Group& group);
  // By what became of its objects' sync: what could not be made durable is finished with the error and left out.
  void leave_out(Group& group, const Result<void>& synced);
  void commit_group(Group& group);
  struct Attempt {
    std::optional<Error> error;
    bool begun = true;             // there was a transaction at all
    bool outcome_unknown = false;  // the transaction may have reached the disk all the same
  };
  Attempt try_commit(std::span<const std::unique_ptr<Mutation>> group);
  // Whether anything was changed that is more than upkeep.
  bool apply(std::span<const std::unique_ptr<Mutation>> group);
  void forget_outbox();
  void finish(Mutation& mutation, std::optional<Error> error, bool outcome_unknown);

  Catalog& catalog_;
  ObjectStore& objects_;
  const Clock& clock_;
  Hooks hooks_;
  WriteContext context_;  // the thread's own, as is the next
  std::int64_t forgotten_outbox_ = 0;
  bool use_is_noted_ = false;  // in the catalog, if that is a backup's
  ObjectSync sync_;

  std::mutex mutex_;
  std::condition_variable work_arrived_;
  std::condition_variable room_made_;
  std::deque<std::unique_ptr<Mutation>> queue_;
  HeavyTurns heavy_;
  bool stopping_ = false;
  std::thread::id writer_;  // thread_'s, which stop() joins without the mutex
  std::thread thread_;
};

}  // namespace ndisk::storage
