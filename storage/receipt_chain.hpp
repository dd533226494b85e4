// The chain of a user's receipts: each names the SHA-256 of the text of the one before it.
#pragma once

#include "storage/write_context.hpp"

namespace ndisk::storage {

// Adds the receipt of a commit. Inside the writer's transaction, so a chain has no gap, whatever is rolled back.
[[nodiscard]] Receipt add_receipt(WriteContext& context, const UserRow& user, const RemotePath& path,
                                  const Committed& commit);

// The receipt of that number again, as it was given with this commit.
[[nodiscard]] std::optional<Receipt> find_receipt(Database& database, const UserRow& user, std::uint64_t sequence,
                                                  const Committed& commit);

}  // namespace ndisk::storage
