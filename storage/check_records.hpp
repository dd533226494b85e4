// RecordsCheck: rows of the catalog that refer to each other, rule by rule, some thousand rows a step, each step in one
// snapshot. What it finds is never mended: nobody can tell which of the rows is right.
#pragma once

#include "storage/check_phase.hpp"

namespace ndisk::storage {

class RecordsCheck final : public CheckPhase {
 public:
  explicit RecordsCheck(const CheckedParts& parts) : parts_(parts) {}
  Result<bool> step(CheckOutcome& outcome) override;
  CheckProgress progress() const override;

 private:
  CheckedParts parts_;
  std::size_t rule_ = 0;
  std::int64_t after_ = 0;
};

}  // namespace ndisk::storage
