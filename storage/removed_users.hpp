// RemovedUsers: what the collector does about users that were removed, a little in each transaction.
//
// A removed user's row stays, under another name, until nothing refers to it. What stood in its drive and its trash is
// handed to the purge of nodes without a parent. One thread at a time.
#pragma once

#include <atomic>

#include "storage/uploads.hpp"

namespace ndisk::storage {

class RemovedUsers {
 public:
  RemovedUsers(Catalog& catalog, CommitQueue& queue, Uploads& uploads)
      : catalog_(catalog), queue_(queue), uploads_(uploads) {}

  // Drops their uploads and takes the parent from what is in their drives. Both end early once `stop` is set.
  [[nodiscard]] Result<void> release(const std::atomic<bool>& stop);
  // Forgets those of whom no object is left, with their receipts, request ids and devices.
  [[nodiscard]] Result<void> forget(const std::atomic<bool>& stop);

 private:
  Result<std::vector<UserRow>> all();

  Catalog& catalog_;
  CommitQueue& queue_;
  Uploads& uploads_;
};

}  // namespace ndisk::storage
