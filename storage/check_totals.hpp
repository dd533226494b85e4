// TotalsCheck: numbers that are kept and can be counted: references to objects, what folders hold, what users have.
// A repair sets them to what was counted, inside the writer's transaction.
#pragma once

#include "storage/check_phase.hpp"
#include "storage/node_places.hpp"

namespace ndisk::storage {

// Adds what was found of a number that is kept: counted anew if it is to be mended and could be.
void note_number(CheckOutcome& outcome, Finding finding, bool repair, const Result<void>& mended);
// Counts all that is below a folder, and sets its row to it. On the commit queue's thread, with the totals settled.
void count_folder(Database& database, std::int64_t folder);

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
  Result<void> mend_references(std::int64_t object, std::int64_t missing);
  Result<void> mend_folder(std::int64_t folder);
  Result<void> mend_user(std::int64_t user);

  CheckedParts parts_;
  const bool repair_;
  Stage stage_ = Stage::kReferences;
  std::int64_t after_ = 0;
};

}  // namespace ndisk::storage
