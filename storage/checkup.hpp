// Checkup: the phases of a Check, one after the other.
#pragma once

#include <memory>
#include <vector>

#include "storage/check_phase.hpp"

namespace ndisk::storage {

class Checkup {
 public:
  Checkup(const CheckedParts& parts, const CheckRequest& request);
  // See Check. A catalog that is damaged ends a phase with a finding, not with an error.
  [[nodiscard]] Result<bool> step(std::vector<Finding>& found);
  [[nodiscard]] const CheckReport& report() const { return report_; }
  [[nodiscard]] CheckProgress progress() const;

 private:
  CheckReport report_;
  std::vector<std::unique_ptr<CheckPhase>> phases_;
  std::size_t at_ = 0;
};

}  // namespace ndisk::storage
