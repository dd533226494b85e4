// How nodes come to stand somewhere, leave, and move: the row, the totals of all folders above, and the user's
// counters, together. Inside the writer's transaction; whoever calls has checked that it may be so, marks the user as
// touched, and tells the tree.
#pragma once

#include <string_view>

#include "storage/write_context.hpp"

namespace ndisk::storage {

// Where a node stands.
struct Spot {
  std::int64_t folder = 0;
  std::string_view name;
};

// What a node of this name adds to the totals of the folder that holds it: itself, and all below it.
[[nodiscard]] TotalsChange weight_of(WriteContext& context, const NodeRow& node, std::string_view name);
// Whether all that is below a node has a path that can be once it stands at `path`: kInvalid. Reads one row, unless
// that one leaves it open: then it looks at all that is below, once, until something leaves it.
[[nodiscard]] Result<void> check_reach(WriteContext& context, const NodeRow& node, const RemotePath& path);
// Whether that would look at more than a light change may.
[[nodiscard]] bool takes_long_to_measure(WriteContext& context, const NodeRow& node, const RemotePath& path);

// A fresh node; a folder has nothing in it.
void insert_node(WriteContext& context, UserRow& user, const Spot& spot, const NodeRow& node);
// A file is of another size from now on.
void grow_file(WriteContext& context, UserRow& user, std::int64_t folder, std::uint64_t from, std::uint64_t to);
// For good.
void remove_empty_folder(WriteContext& context, const NodeRow& node, const Spot& spot);
// Within the drive.
void move_node(WriteContext& context, const NodeRow& node, const Spot& from, const Spot& to);
// Out of the drive and into its trash, where its name is its id; the row of the trash is the caller's. Returns what
// went.
TotalsChange detach_node(WriteContext& context, UserRow& user, const NodeRow& node, const Spot& from);
// Out of the trash and back into the drive.
void attach_node(WriteContext& context, UserRow& user, const NodeRow& node, const Spot& to);

}  // namespace ndisk::storage
