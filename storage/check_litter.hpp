// LitterCheck: files in objects/ and staging/ that nothing refers to. No damage: the collector, or the next start,
// takes them away.
#pragma once

#include "storage/check_phase.hpp"

namespace ndisk::storage {

class LitterCheck final : public CheckPhase {
 public:
  explicit LitterCheck(const CheckedParts& parts) : parts_(parts) {}
  // Of objects/ one of its folders a step, then staging/.
  Result<bool> step(CheckOutcome& outcome) override;
  CheckProgress progress() const override { return {"litter", next_, kFolders}; }

 private:
  static constexpr unsigned kFolders = 256;
  Result<void> look_into(unsigned folder, CheckOutcome& outcome);
  Result<void> sift(const std::vector<ObjectStore::Found>& files, CheckOutcome& outcome);

  CheckedParts parts_;
  unsigned next_ = 0;
};

}  // namespace ndisk::storage
