// DriveCheck: a Check of a drive that may be closed meanwhile. The drive must outlive it.
#pragma once

#include <memory>

#include "storage/checkup.hpp"
#include "storage/drive_core.hpp"

namespace ndisk::storage {

class DriveCheck final : public Check {
 public:
  // `running` is set until it ends.
  DriveCheck(DriveCore& core, const CheckRequest& request, std::atomic<bool>& running);
  ~DriveCheck() override;
  Result<bool> step(std::vector<Finding>& found) override;
  const CheckReport& report() const override { return checkup_->report(); }
  CheckProgress progress() const override { return checkup_->progress(); }

 private:
  DriveCore& core_;
  std::atomic<bool>& running_;
  std::unique_ptr<Checkup> checkup_;
};

}  // namespace ndisk::storage
