// TotalsCheck: numbers that are kept and can be counted: references to objects, what folders hold, what users have.
// A repair sets them to what was counted, inside the writer's transaction.
#pragma once

#include "storage/check_phase.hpp"
#include "storage/node_places.hpp"

namespace ndisk::storage {

class TotalsCheck final : public CheckPhase {
 public:
  TotalsCheck(const CheckedParts& parts, bool repair) : parts_(parts), repair_(repair) {}
  Result<bool> step(CheckOutcome& outcome) override;
  CheckProgress progress() const override { return {"totals", static_cast<std::uint64_t>(stage_), 3}; }

 private:
  enum class Stage { kReferences, kFolders, kUsers, kDone };
  // False: none are left.
  Result<bool> check_references(CheckOutcome& outcome);
  Result<bool> check_folders(CheckOutcome& outcome);
  Result<bool> check_users(CheckOutcome& outcome);
  Result<void> mend_references(std::int64_t object);
  Result<void> mend_folder(std::int64_t folder);
  Result<void> mend_user(std::int64_t user);
  void note(CheckOutcome& outcome, Finding finding, const Result<void>& mended);

  CheckedParts parts_;
  const bool repair_;
  Stage stage_ = Stage::kReferences;
  std::int64_t after_ = 0;
};

}  // namespace ndisk::storage
