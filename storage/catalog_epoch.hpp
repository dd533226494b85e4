// CatalogEpoch: tells a catalog that is older than the directory it lies in from the one that belongs there.
//
// An older ndisk.db (of a backup, a copy, or one that lost its log) knows nothing of what came after it: the tree and
// the collector would take that for strangers and litter, and remove it. So the catalog counts, at each start, each
// orderly end, and before each collection once something was stored, and the same number is kept beside it, as the name
// of an empty file, DATA/catalog-epoch.NUMBER. It is noted once it is committed, so the catalog is never behind it.
//
// Thread-safe; what it is given must outlive it.
#pragma once

#include <mutex>

#include "storage/commit_queue.hpp"
#include "storage/data_directory.hpp"
#include "storage/numbered_name.hpp"

namespace ndisk::storage {

class CatalogEpoch {
 public:
  CatalogEpoch(FileLayer& files, const DataDirectory& directory);

  // kIntegrity: the catalog is behind what is noted in the directory. Changes nothing; a server may be running.
  [[nodiscard]] static Result<void> check(FileLayer& files, const DataDirectory& directory, Database& catalog);
  // For a catalog that is to belong to this directory from now on, whatever is noted there.
  [[nodiscard]] static Result<void> adopt(FileLayer& files, const DataDirectory& directory, Database& catalog);

  // A new epoch, durably in both. May wait for the disk.
  [[nodiscard]] Result<void> advance(CommitQueue& queue);
  // The same, unless no object got an id since the last time: a disk that has nothing to do may sleep.
  [[nodiscard]] Result<void> advance(CommitQueue& queue, std::int64_t next_object);

 private:
  Result<void> advance_now(CommitQueue& queue);

  FileLayer& files_;
  const DataDirectory& directory_;
  std::mutex mutex_;
  NumberedName name_;
  bool is_loaded_ = false;
  std::int64_t next_object_ = 0;
};

}  // namespace ndisk::storage
