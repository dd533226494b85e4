// FolderRowsCheck: every folder of a drive has its row in folders, and the row's reach is no less than the longest path
// below it. A repair makes the row, and measures. Some hundred nodes a step, each step in one snapshot.
#pragma once

#include "storage/check_phase.hpp"
#include "storage/node_places.hpp"

namespace ndisk::storage {

class FolderRowsCheck final : public CheckPhase {
 public:
  FolderRowsCheck(const CheckedParts& parts, bool repair) : parts_(parts), repair_(repair) {}
  Result<bool> step(CheckOutcome& outcome) override;
  CheckProgress progress() const override { return {"folders", checked_, 0}; }

 private:
  struct Wrong {
    std::int64_t folder = 0;
    NodePlace place;
    bool has_row = false;
  };
  void find_roots(Database& database, std::vector<Wrong>& wrong);
  void find_missing(Database& database, NodePlaces& places, std::int64_t last, std::vector<Wrong>& wrong) const;
  void find_short(Database& database, NodePlaces& places, std::int64_t last, std::vector<Wrong>& wrong) const;
  Result<void> mend(const Wrong& wrong);

  CheckedParts parts_;
  const bool repair_;
  bool begun_ = false;
  std::int64_t after_ = 0;
  std::uint64_t checked_ = 0;
};

}  // namespace ndisk::storage
