// How much a change has to write in its one transaction: what would make others wait takes turns (HeavyTurns). Looked
// up on a reader, before it is submitted. See sqlite.hpp for errors.
#pragma once

#include "storage/drive.hpp"
#include "storage/sqlite.hpp"

namespace ndisk::storage {

// What is no more than this goes with everybody's changes: even a whole group of such takes a fraction of a second.
inline constexpr std::uint64_t kMaxLightEntries = 100;

struct Weight {
  bool is_heavy = false;
  std::uint64_t bytes = 0;  // that what is heavy takes on the disk, while it is in the log and in the catalog
};

// Whether a path has more components: each folder on the way may have to be made, and has a row that is written.
[[nodiscard]] bool is_deep(const RemotePath& path);
// Whether more is below a folder; not of what is no folder.
[[nodiscard]] bool holds_many(Database& database, std::int64_t node);

// Whether a change writes more entries, or looks at more. What is not there is the change's to say.
[[nodiscard]] Result<bool> is_heavy(Database& database, const Actor& actor, const MoveRequest& move);
[[nodiscard]] Result<bool> is_heavy(Database& database, const Actor& actor, const EmptyTrashRequest& request);
[[nodiscard]] Result<Weight> weigh(Database& database, const Actor& actor, const CopyRequest& copy, bool with_tree);

// What comes back from the trash: the item of this number, to where it was or elsewhere, or the newest of a path.
// Things that come back are told to the tree, each by itself.
struct FromTrash {
  std::optional<std::uint64_t> item;
  std::optional<RemotePath> path;
};
[[nodiscard]] Result<bool> is_heavy(Database& database, const Actor& actor, const FromTrash& what, bool with_tree);
[[nodiscard]] Result<Weight> weigh(Database& database, const Actor& actor, const FromTrash& what, bool with_tree);

}  // namespace ndisk::storage
