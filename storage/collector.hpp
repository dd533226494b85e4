// Collector: frees what nothing refers to. Safe beside everything else; one run at a time.
#pragma once

#include <atomic>
#include <mutex>

#include "storage/object_ids.hpp"
#include "storage/pins.hpp"
#include "storage/uploads.hpp"

namespace ndisk::storage {

class Collector {
 public:
  Collector(const Clock& clock, Catalog& catalog, CommitQueue& queue, ObjectStore& objects, const ObjectIds& ids,
            Pins& pins, Uploads& uploads)
      : clock_(clock), catalog_(catalog), queue_(queue), objects_(objects), ids_(ids), pins_(pins), uploads_(uploads) {}

  // Expires uploads that nobody touched for so long, forgets old request ids, frees unreferenced objects and removes
  // object files of earlier runs that no row knows.
  // kShuttingDown after stop(): what is not done is done by a later run.
  [[nodiscard]] Result<CollectReport> run(TimeNs upload_lifetime);
  // A run that is under way ends soon. Does not wait for it.
  void stop() { stopping_ = true; }

 private:
  Result<void> forget_requests();
  Result<std::uint64_t> free_objects();
  Result<std::vector<ObjectRow>> mark_dying(std::int64_t after);
  Result<void> delete_rows(const std::vector<ObjectRow>& rows);
  Result<std::uint64_t> remove_litter();
  Result<std::uint64_t> remove_unknown(const std::vector<ObjectStore::Found>& files);
  Result<void> check_stop() const;

  const Clock& clock_;
  Catalog& catalog_;
  CommitQueue& queue_;
  ObjectStore& objects_;
  const ObjectIds& ids_;
  Pins& pins_;
  Uploads& uploads_;
  std::mutex running_;
  std::atomic<bool> stopping_ = false;
};

}  // namespace ndisk::storage
