// CatalogCheck: the database file against SQLite's own rules, table by table; with read_data the indexes, too.
#pragma once

#include "storage/check_phase.hpp"

namespace ndisk::storage {

class CatalogCheck final : public CheckPhase {
 public:
  CatalogCheck(const CheckedParts& parts, bool thorough) : catalog_(parts.catalog), thorough_(thorough) {}
  Result<bool> step(CheckOutcome& outcome) override;
  CheckProgress progress() const override;

 private:
  Catalog& catalog_;
  const bool thorough_;
  std::size_t next_ = 0;
};

}  // namespace ndisk::storage
