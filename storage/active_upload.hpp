// ActiveUpload: an upload that a session holds, or just held.
//
// Shared (shared_ptr) by the writer that holds it, the registry, the thread that checkpoints it and a commit under
// way: each may be the last to let go of it. `mutex` guards all but the atomics; nobody waits for the commit queue
// while having it, because completions take it.
#pragma once

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>

#include "storage/fd.hpp"
#include "storage/table_uploads.hpp"

namespace ndisk::storage {

struct ActiveUpload {
  explicit ActiveUpload(UploadKey the_key) : key(std::move(the_key)) {}

  const UploadKey key;
  std::mutex mutex;
  std::condition_variable changed;

  std::uint64_t holder = 0;  // the newest hold; older ones are fenced off
  bool loaded = false;       // file and digest are there
  bool committing = false;
  bool retired = false;        // out of the registry: nothing may be done with it any more
  bool shut_down = false;      // retired because the drive closes
  bool checkpointing = false;  // one at a time
  bool checkpoint_wanted = false;
  bool recorded = false;                  // the catalog may have a row
  std::optional<Error> checkpoint_error;  // of the newest checkpoint
  std::optional<Error> broken;            // what is in memory can't be trusted; what is durable can

  UploadId id{};
  Actor actor;
  RequestId request{};
  Attributes attributes;
  Precondition precondition;
  bool receipt = false;
  TimeNs created = 0;
  Fd file;
  Sha256 digest;
  std::uint64_t checkpointed_from = 0;  // received when the newest checkpoint began
  std::uint64_t writeback_from = 0;     // the disk was asked to write what is before
  std::uint64_t granted = 0;            // of unknown size: up to here the quota has room

  std::atomic<std::uint64_t> received = 0;
  std::atomic<std::uint64_t> durable = 0;
  std::atomic<bool> frozen = false;  // its row must not be written: it is being committed or dropped

  // Which it is, while it is loaded and not retired: for who asks about many. `mutex` is held while the disk takes
  // bytes; this is never waited for.
  struct Known {
    UploadId id{};
    std::int64_t user = 0;
    TimeNs created = 0;
  };
  [[nodiscard]] std::optional<Known> known() const {
    const std::scoped_lock lock(known_mutex_);
    return known_;
  }
  // With `mutex` held.
  void make_known() { set_known(Known{id, actor.user, created}); }
  void make_unknown() { set_known(std::nullopt); }

 private:
  void set_known(std::optional<Known> known) {
    const std::scoped_lock lock(known_mutex_);
    known_ = known;
  }

  mutable std::mutex known_mutex_;
  std::optional<Known> known_;
};

using SharedUpload = std::shared_ptr<ActiveUpload>;

}  // namespace ndisk::storage
