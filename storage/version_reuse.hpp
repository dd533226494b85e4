// Content that the user holds already, given to another version: what copying and restoring have in common. Inside the
// writer's transaction.
#pragma once

#include "storage/write_context.hpp"

namespace ndisk::storage {

// The object that a new version with the content of this one refers to: the version's own, or another of the user's
// with the same content. kIntegrity: it is damaged; kConflict: too many versions refer to it. `path` is for the
// message.
[[nodiscard]] Result<ObjectRow> find_reusable(WriteContext& context, std::string_view path, const VersionRow& version);

// Where a version comes to stand: over the file that is there, or beside the rest of the folder.
struct VersionTarget {
  std::int64_t folder = 0;
  std::string_view path;          // from the root; its last component is the name
  std::optional<NodeRow> node{};  // the file that is there
};

// Makes content, mtime, mode and kind of `version` the current state there, as a new version made by this device with
// this change. Its size is the object's: the version's may be of content that was cut when it was recorded. Tells the
// tree.
void place_version(WriteContext& context, UserRow& user, const VersionTarget& target, VersionRow version,
                   const ObjectRow& object);

// What the tree is to show of a file or a link at a path: links are left out of it.
[[nodiscard]] OutboxRow shown_in_tree(const UserRow& user, std::string_view path, Kind kind, std::int64_t object,
                                      const Digest& sha256);

}  // namespace ndisk::storage
