// Where a check that reads all content has come to, kept in the catalog's counters so that the next one goes on there.
#pragma once

#include "storage/catalog.hpp"
#include "storage/check.hpp"
#include "storage/commit_queue.hpp"

namespace ndisk::storage {

struct CheckPlace {
  std::int64_t next = 0;    // objects up to this id were read; 0: none
  std::uint64_t bytes = 0;  // of them
};

[[nodiscard]] Result<CheckPlace> load_place(Catalog& catalog, CheckPurpose purpose);
[[nodiscard]] Result<void> store_place(CommitQueue& queue, CheckPurpose purpose, const CheckPlace& place);
// The round of a scrub begins, unless one is under way.
[[nodiscard]] Result<void> note_begin(CommitQueue& queue, CheckPurpose purpose);
// All was read: the next one begins at the beginning.
[[nodiscard]] Result<void> note_end(CommitQueue& queue, CheckPurpose purpose);

}  // namespace ndisk::storage
