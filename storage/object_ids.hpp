// ObjectIds: numbers for objects, never given twice, not even after a crash: the catalog reserves them in blocks, and
// what is left of a block when the server ends is lost. Thread-safe; next() may wait for the disk, once a block.
#pragma once

#include <mutex>

#include "storage/commit_queue.hpp"

namespace ndisk::storage {

class ObjectIds {
 public:
  explicit ObjectIds(CommitQueue& queue) : queue_(queue) {}

  // Reserves the first block.
  [[nodiscard]] Result<void> start();
  [[nodiscard]] Result<std::int64_t> next();
  // What next() gives next.
  [[nodiscard]] std::int64_t next_of_this_run();
  // Goes on with a fresh block, as the counter in the catalog was raised.
  [[nodiscard]] Result<void> renew();
  // Smaller ids belong to earlier runs: a file with one, and without a row, is litter.
  [[nodiscard]] std::int64_t first_of_this_run() const { return first_; }

 private:
  Result<void> reserve();

  CommitQueue& queue_;
  std::mutex mutex_;
  std::int64_t first_ = 0;
  std::int64_t next_ = 0;
  std::int64_t end_ = 0;
};

}  // namespace ndisk::storage
