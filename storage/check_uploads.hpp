// UploadsCheck: each recorded upload against its staged file. A session that holds one looks after it itself.
#pragma once

#include "storage/check_phase.hpp"

namespace ndisk::storage {

class UploadsCheck final : public CheckPhase {
 public:
  UploadsCheck(const CheckedParts& parts, bool repair) : parts_(parts), repair_(repair) {}
  Result<bool> step(CheckOutcome& outcome) override;
  CheckProgress progress() const override { return {"uploads", next_, ids_.size()}; }

 private:
  // An upload whose file is not what its row says.
  struct Short {
    std::int64_t user_id = 0;
    std::uint64_t durable = 0;
    std::string cause;
    std::string user;
    std::string path;
  };
  Result<std::optional<Short>> look_at(const UploadId& id);
  Result<void> check(const UploadId& id, CheckOutcome& outcome);

  CheckedParts parts_;
  const bool repair_;
  bool begun_ = false;
  std::vector<UploadId> ids_;
  std::size_t next_ = 0;
};

}  // namespace ndisk::storage
