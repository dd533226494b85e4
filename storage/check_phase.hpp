// CheckPhase: one kind of looking, of the several that a Check is made of; and what all of them work with.
#pragma once

#include <atomic>

#include "common/clock.hpp"
#include "storage/catalog.hpp"
#include "storage/check.hpp"
#include "storage/commit_queue.hpp"
#include "storage/data_directory.hpp"
#include "storage/object_ids.hpp"
#include "storage/object_store.hpp"
#include "storage/pins.hpp"
#include "storage/quarantine_folder.hpp"
#include "storage/staging.hpp"
#include "storage/tree_mirror.hpp"
#include "storage/uploads.hpp"

namespace ndisk::storage {

// The parts of a drive that a check looks at. All outlive it.
struct CheckedParts {
  FileLayer& files;
  const Clock& clock;
  const DataDirectory& directory;
  Catalog& catalog;
  CommitQueue& queue;
  ObjectStore& objects;
  Staging& staging;
  Pins& pins;
  Uploads& uploads;
  ObjectIds& ids;
  TreeMirror& mirror;
  QuarantineFolder& quarantine;
  bool with_tree;
  const std::atomic<bool>& stop;     // ends a long step
  const std::atomic<bool>& closing;  // nothing can be noted any more
};

// Where a phase puts what it found and counts what it did.
struct CheckOutcome {
  std::vector<Finding>& found;
  CheckReport& report;
};

class CheckPhase {
 public:
  virtual ~CheckPhase() = default;
  // False: the phase is over. kIntegrity: the catalog itself is damaged, so that this phase can't go on.
  [[nodiscard]] virtual Result<bool> step(CheckOutcome& outcome) = 0;
  [[nodiscard]] virtual CheckProgress progress() const = 0;
};

}  // namespace ndisk::storage
