// Check: the catalog compared with itself and with the disk, in small steps (fsck, and the scrub in the background).
//
// One thread at a time; steps block. A Check must not outlive its Drive's use: after Drive::close() a step fails with
// kShuttingDown. Memory is bounded, whatever is stored. Safe beside everything else that the drive does: what looks
// wrong is looked at again in one snapshot before it counts.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "common/error.hpp"
#include "storage/finding.hpp"

namespace ndisk::storage {

// What keeps its own place, to go on there after an interruption.
enum class CheckPurpose : std::uint8_t { kFsck, kScrub };

struct CheckRequest {
  bool read_data = false;  // read every object and compare digests, too
  bool repair = false;     // mend what can be proved
  bool restart = false;    // with read_data: from the beginning, not from where the last one was interrupted
  CheckPurpose purpose = CheckPurpose::kFsck;
};

struct CheckReport {
  std::uint64_t objects = 0;
  std::uint64_t bytes = 0;   // read
  std::uint64_t damage = 0;  // findings that are damage, mended ones included
  std::uint64_t mended = 0;
  std::uint64_t litter = 0;
  std::uint64_t kept = 0;           // moved to DATA/quarantine, as it stood in the tree and was not the store's
  std::uint64_t skipped_bytes = 0;  // read by the check that this one goes on with
};

struct CheckProgress {
  std::string phase;
  std::uint64_t done = 0;   // bytes of content while it is read
  std::uint64_t total = 0;  // 0: unknown
};

class Check {
 public:
  virtual ~Check() = default;
  // A bounded piece of the work: at most some MiB are read. Adds what it found. False: that was the last piece.
  [[nodiscard]] virtual Result<bool> step(std::vector<Finding>& found) = 0;
  [[nodiscard]] virtual const CheckReport& report() const = 0;
  [[nodiscard]] virtual CheckProgress progress() const = 0;
};

}  // namespace ndisk::storage
