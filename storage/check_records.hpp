// RecordsCheck: rows of the catalog that refer to each other, rule by rule, some thousand rows a step, each step in one
// snapshot. A repair mends a version that has not the size of its content, once that was read and is whole. All else
// that it finds is never mended: nobody can tell which of the rows is right.
#pragma once

#include "storage/check_phase.hpp"

namespace ndisk::storage {

class RecordsCheck final : public CheckPhase {
 public:
  RecordsCheck(const CheckedParts& parts, bool repair) : parts_(parts), repair_(repair) {}
  Result<bool> step(CheckOutcome& outcome) override;
  CheckProgress progress() const override;

 private:
  [[nodiscard]] Result<bool> look(std::vector<Finding>& found);
  [[nodiscard]] Result<void> mend_sizes(std::vector<Finding>& found) const;

  CheckedParts parts_;
  const bool repair_;
  std::size_t rule_ = 0;
  std::int64_t after_ = 0;
};

}  // namespace ndisk::storage
