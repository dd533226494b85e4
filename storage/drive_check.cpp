// Checks, and what is collected by hand.
#include "storage/drive_check.hpp"

#include <new>

namespace ndisk::storage {

DriveCheck::DriveCheck(DriveCore& core, const CheckRequest& request, std::atomic<bool>& running)
    : core_(core), running_(running), checkup_(std::make_unique<Checkup>(core.checked_parts(), request)) {}

DriveCheck::~DriveCheck() {
  {
    // What it read is noted, unless the drive is closing: then the next one reads it again.
    const DriveCore::Gate gate(core_);
    checkup_.reset();
  }
  running_ = false;
}

Result<bool> DriveCheck::step(std::vector<Finding>& found) {
  const DriveCore::Gate gate(core_);
  if (!gate.is_open() || core_.long_work_ends_) return std::unexpected(DriveCore::closed_error());
  auto more = checkup_->step(found);
  // What was cut short may look like the end of all.
  if (core_.long_work_ends_) return std::unexpected(DriveCore::closed_error());
  return more;
}

CheckedParts DriveCore::checked_parts() {
  return {files_,   clock_, directory_, *catalog_,   queue_,        objects_,        staging_, pins_,
          uploads_, ids_,   mirror_,    quarantine_, options_.tree, long_work_ends_, closing_};
}

Result<CollectReport> DriveCore::collect_all() {
  collector_.look_for_litter();
  return collect();
}

Result<std::unique_ptr<Check>> DriveCore::check(const CheckRequest& request) {
  const Gate gate(*this);
  if (!gate.is_open()) return std::unexpected(closed_error());
  auto& running = request.purpose == CheckPurpose::kScrub ? scrubbing_ : checking_;
  if (running.exchange(true)) {
    return fail(ErrorCode::kBusy, "another check of this drive is under way; wait for its end", true);
  }
  try {
    return std::make_unique<DriveCheck>(*this, request, running);
  } catch (const std::bad_alloc&) {
    running = false;
    throw;
  }
}

}  // namespace ndisk::storage
