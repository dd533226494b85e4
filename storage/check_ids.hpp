// IdsCheck: the numbers that nodes, objects and users get next, which nothing must have yet. A repair raises them.
#pragma once

#include "storage/check_phase.hpp"

namespace ndisk::storage {

class IdsCheck final : public CheckPhase {
 public:
  IdsCheck(const CheckedParts& parts, bool repair) : parts_(parts), repair_(repair) {}
  Result<bool> step(CheckOutcome& outcome) override;
  CheckProgress progress() const override { return {"ids", done_ ? 1u : 0u, 1}; }

 private:
  // What is used up to, and what comes next.
  struct Ids {
    std::int64_t used = 0;
    std::int64_t next = 0;
  };
  Result<Ids> look_at(const char* counter, const char* used);
  Result<void> raise(const char* counter, std::int64_t used);
  Result<void> check(const char* counter, const char* used, CheckOutcome& outcome);

  CheckedParts parts_;
  const bool repair_;
  bool done_ = false;
};

}  // namespace ndisk::storage
