// ReceiptsCheck: each user's chain of receipts: numbers without a gap, each receipt the successor of the one before,
// and of the content that its version has, as far as the version is kept. Some thousand rows a step, each step in one
// snapshot. Nothing of it is mended: the devices have the other copy of each receipt, and it has to say the same.
#pragma once

#include "storage/check_phase.hpp"

namespace ndisk::storage {

class ReceiptsCheck final : public CheckPhase {
 public:
  explicit ReceiptsCheck(const CheckedParts& parts) : parts_(parts) {}
  Result<bool> step(CheckOutcome& outcome) override;
  CheckProgress progress() const override { return {"receipts", checked_, 0}; }

 private:
  // Of the chain that is being followed.
  struct Chain {
    std::int64_t user = 0;
    std::string name;
    std::uint64_t sequence = 0;  // of the receipt that was looked at last
    Digest hash{};
    bool is_broken = false;  // said; what comes behind it follows from that
  };
  bool find_next_user(Database& database);
  bool follow(Database& database, CheckOutcome& outcome);

  CheckedParts parts_;
  Chain chain_;
  bool has_user_ = false;
  std::uint64_t checked_ = 0;
};

}  // namespace ndisk::storage
