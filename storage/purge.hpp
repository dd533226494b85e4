// How things go for good. What is doomed has no parent (kNoParent): nobody finds it any more, in a moment, whatever is
// below it. The collector purges it piece by piece later. Inside the writer's transaction.
#pragma once

#include "storage/table_trash.hpp"
#include "storage/write_context.hpp"

namespace ndisk::storage {

// What one step of the collector did. It is done when a step did nothing more than look.
struct Step {
  std::uint64_t nodes = 0;
  std::uint64_t versions = 0;
  bool more = false;
};

// Takes an item out of the trash, for good.
void doom_item(WriteContext& context, const TrashRow& item);

// All that the user has: the drive and the trash. Doing it twice is fine. Receipts, uploads, requests, devices and the
// user's own row are the caller's to see to.
void doom_drive(WriteContext& context, const UserRow& user);

// Purges doomed nodes with their versions, at most `limit` of both together; each object loses its references in the
// same transaction.
[[nodiscard]] Step purge_some(WriteContext& context, const Retention& retention, int limit);

}  // namespace ndisk::storage
