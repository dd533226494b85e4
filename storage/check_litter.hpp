// LitterCheck: files in objects/ that nothing refers to. No damage: the collector takes them away.
#pragma once

#include "storage/check_phase.hpp"

namespace ndisk::storage {

class LitterCheck final : public CheckPhase {
 public:
  explicit LitterCheck(const CheckedParts& parts) : parts_(parts) {}
  // One of the folders of objects/ a step.
  Result<bool> step(CheckOutcome& outcome) override;
  CheckProgress progress() const override { return {"litter", next_, kFolders}; }

 private:
  static constexpr unsigned kFolders = 256;
  Result<void> look_into(unsigned folder, CheckOutcome& outcome);
  void note_unreadable(unsigned folder, const Error& error, CheckOutcome& outcome);
  Result<void> sift(const std::vector<ObjectStore::Found>& files, CheckOutcome& outcome);

  CheckedParts parts_;
  unsigned next_ = 0;
};

}  // namespace ndisk::storage
