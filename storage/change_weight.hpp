// How much a change has to write in its one transaction: what would make others wait takes turns (HeavyTurns). Looked
// up on a reader, before it is submitted. See sqlite.hpp for errors.
#pragma once

#include "storage/drive.hpp"
#include "storage/sqlite.hpp"

namespace ndisk::storage {

// What is no more than this goes with everybody's changes: even a whole group of such takes a fraction of a second.
inline constexpr std::uint64_t kMaxLightEntries = 100;

// Whether a change writes more entries. What is not there is the change's to say.
[[nodiscard]] Result<bool> is_heavy(Database& database, const Actor& actor, const CopyRequest& copy);
[[nodiscard]] Result<bool> is_heavy(Database& database, const Actor& actor, const EmptyTrashRequest& request);
// Things that come back from the trash are told to the tree, each by itself.
[[nodiscard]] Result<bool> is_heavy_to_restore(Database& database, const Actor& actor, std::uint64_t item);
[[nodiscard]] Result<bool> is_heavy_to_restore(Database& database, const Actor& actor, const RemotePath& path);

}  // namespace ndisk::storage
