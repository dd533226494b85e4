// Collector: frees what nothing refers to. Safe beside everything else; one run at a time.
#pragma once

#include <atomic>
#include <mutex>
#include <optional>

#include "storage/object_ids.hpp"
#include "storage/pins.hpp"
#include "storage/purge.hpp"
#include "storage/uploads.hpp"

namespace ndisk::storage {

class Collector {
 public:
  // Without `retention` nothing is given up that it decides on: trash and earlier versions.
  Collector(const std::optional<Retention>& retention, Catalog& catalog, CommitQueue& queue, ObjectStore& objects,
            const ObjectIds& ids, Pins& pins, Uploads& uploads)
      : retention_(retention),
        catalog_(catalog),
        queue_(queue),
        objects_(objects),
        ids_(ids),
        pins_(pins),
        uploads_(uploads) {}

  // Expires uploads that nobody touched for so long, forgets old request ids, purges trash that was kept long enough or
  // emptied, prunes versions that no promise covers, frees unreferenced objects and, once, removes object files of
  // earlier runs that no row knows.
  // kShuttingDown after stop(): what is not done is done by a later run. A file that can't be removed, or a folder that
  // can't be read, keeps nothing else from being collected; the first of them is the error, once all else is done.
  [[nodiscard]] Result<CollectReport> run(TimeNs upload_lifetime);
  // The next run looks for object files that no row knows again.
  void look_for_litter() { litter_removed_ = false; }
  // A run that is under way ends soon. Does not wait for it.
  void stop() { stopping_ = true; }

 private:
  Result<void> forget_requests();
  Result<void> collect_history(CollectReport& report);
  // Makes step after step, each in a transaction of its own, until one finds nothing more to do.
  using MakeStep = Step (*)(WriteContext& context, const Retention& retention, int limit);
  Result<Step> make_steps(MakeStep make_step);
  Result<void> heal(CollectReport& report);
  Result<std::uint64_t> count_damaged();
  Result<void> free_objects(CollectReport& report);
  Result<std::vector<ObjectRow>> mark_dying(std::int64_t after);
  Result<void> delete_rows(const std::vector<ObjectRow>& rows);
  Result<void> collect_litter(CollectReport& report);
  Result<std::uint64_t> remove_litter();
  Result<std::uint64_t> remove_unknown(const std::vector<ObjectStore::Found>& files);
  Result<void> check_stop() const;
  void note_failure(const Error& error);

  const std::optional<Retention> retention_;
  Catalog& catalog_;
  CommitQueue& queue_;
  ObjectStore& objects_;
  const ObjectIds& ids_;
  Pins& pins_;
  Uploads& uploads_;
  std::mutex running_;
  std::optional<Error> failed_;               // the first of the disk's failures in this run
  std::uint64_t failures_ = 0;                // of all runs
  std::atomic<bool> litter_removed_ = false;  // what comes up while this runs has younger ids
  std::atomic<bool> stopping_ = false;
};

}  // namespace ndisk::storage
