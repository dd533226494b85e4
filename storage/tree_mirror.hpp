// TreeMirror: keeps DATA/tree, ordinary files in an ordinary tree, as hard links to the objects.
//
// The catalog's outbox says what to do, in order; a thread of its own does it, so no commit waits for the tree. What
// is done may be done again (after a crash): the end is the same. A full disk or a failing one makes it wait and try
// again; an entry that can't be done at all is logged and left out. Moves of folders, which are the exception, are kept
// from being done twice by TreeProgress. Nothing syncs the links one by one: the whole file
// system is synced every few thousand entries, when nothing happens for a moment, and at the end. tree/ promises names
// and bytes, nothing else. Thread-safe.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <optional>
#include <thread>

#include "storage/catalog.hpp"
#include "storage/object_store.hpp"
#include "storage/table_outbox.hpp"
#include "storage/tree_folder.hpp"
#include "storage/tree_progress.hpp"

namespace ndisk::storage {

class TreeMirror {
 public:
  // All must outlive it.
  TreeMirror(FileLayer& files, const DataDirectory& directory, Catalog& catalog, const ObjectStore& objects);
  ~TreeMirror();

  // Up to which entry everything was done by earlier runs, as far as is known. Before start(). kIo.
  [[nodiscard]] Result<std::int64_t> done_before();
  // What was done before can't be believed: until forget_done(), also after a crash, done_before() says a number that
  // no entry has. Before start(). kIo.
  [[nodiscard]] Result<void> doubt_done();
  // The tree is made anew: what was done before does not count. Before start().
  [[nodiscard]] Result<void> forget_done();

  struct Start {
    std::int64_t last = 0;     // entries up to this number wait in the outbox
    std::int64_t done = 0;     // of these, the ones up to this number are done
    std::int64_t durable = 0;  // and those up to this one on stable storage
    bool is_stale = false;     // the tree, until all of them are (stale_tree.hpp)
  };
  // Starts the thread.
  void start(const Start& from);
  // There are entries up to this number now.
  void announce(std::int64_t last);
  // Entries up to this number are done and on stable storage: they may be forgotten.
  [[nodiscard]] std::int64_t durable() const;
  // Whatever it holds open of the tree may have been moved or removed by people or a repair, into the grave, too: it
  // looks anew before its next entry, and empties that.
  void forget_folders() { look_anew_ = true; }
  // Waits until everything announced so far is done; the error that keeps it from that, if one does. What it paused
  // from is tried again at once: an error is of a try that began after the call.
  [[nodiscard]] Result<void> flush();
  // flush() does not wait any more; the mirror goes on.
  void end_waits();
  // The same, and the thread is to end soon.
  void begin_stop();
  // Ends the thread after the entry that it is at, and makes durable what is done.
  void stop();

 private:
  void run_thread();
  enum class Next { kWork, kSync, kStop };
  Next wait_for_work();
  void sync();
  void note_made_anew();
  DiskResult<> take_progress_back();
  Result<void> do_some();
  DiskResult<> try_to_apply(const OutboxRow& row);
  DiskResult<> apply(const OutboxRow& row);
  DiskResult<> rename(TreeFolder& folder, const OutboxRow& row);
  DiskResult<> remove_user(const OutboxRow& row);
  DiskResult<> remove_strangers();
  // Null: the user was removed.
  DiskResult<TreeFolder*> folder_of(std::int64_t user);
  DiskResult<Fd> open_user_folder(const std::string& name);
  void empty_grave();
  bool apply_until_done(const OutboxRow& row);
  // The number of the latest flush(): what is tried from here on is tried for that one too.
  [[nodiscard]] std::uint64_t begin_try();
  // After a try that failed: until it is time for the next, or somebody asks. False: it is to stop.
  bool wait_to_try_again(Error error, std::uint64_t tried_for, std::chrono::milliseconds& pause);

  FileLayer& files_;
  const DataDirectory& directory_;
  Catalog& catalog_;
  const ObjectStore& objects_;
  TreeGrave grave_;
  TreeProgress progress_;
  std::map<std::int64_t, TreeFolder> folders_;  // the thread's own; a bounded number
  std::atomic<bool> look_anew_ = false;
  bool progress_is_wrong_ = false;  // the thread's own: still to be taken back
  std::int64_t stale_until_ = 0;    // the thread's own: the tree is stale until this entry is durable; 0: it is not

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::int64_t announced_ = 0;
  std::int64_t done_ = 0;
  std::int64_t durable_ = 0;
  bool sync_failed_ = false;      // what is in the cache proves nothing any more: the next start does it again
  std::uint64_t asked_ = 0;       // calls of flush()
  std::uint64_t failed_for_ = 0;  // the latest of them that a try was for that failed
  Error trouble_;                 // of that try
  bool waits_end_ = false;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace ndisk::storage
