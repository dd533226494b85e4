// Healing: versions of damaged content are given to a healthy object with the same content.
//
// In batches, each a transaction of its own, beside everything else; the tree follows. Thread-safe; functions wait for
// the catalog's writer, so they are never to be called on its thread.
#pragma once

#include <atomic>
#include <span>

#include "storage/check_phase.hpp"

namespace ndisk::storage {

struct HealingParts {
  Catalog& catalog;
  CommitQueue& queue;
  ObjectStore& objects;
  const std::atomic<bool>& stop;
  std::uint64_t* found = nullptr;  // counts what it finds damaged that was taken for healthy
};

// Gives the versions of a damaged object to healthy ones of the same user with the same content, as far as there are
// any with room. Each of these is read first, all of it: one that is damaged itself is marked and heals nothing. Pin
// the content. Returns how many versions it moved. Ends early once `stop` is set. `known`: see object_versions.hpp.
[[nodiscard]] Result<std::uint64_t> move_to_twin(const HealingParts& parts, const ObjectRow& damaged,
                                                 const std::vector<std::uint64_t>& known);

// Gives these versions of a healthy object, and the files whose current ones they are, the size of its content, after
// all of that was read. False: it is not whole; then it is marked. Ends early once the parts' `stop` is set.
[[nodiscard]] Result<bool> correct_sizes(const CheckedParts& parts, const ObjectRow& object,
                                         std::span<const std::uint64_t> versions);

// Whether any version refers to it.
[[nodiscard]] Result<bool> is_needed(Catalog& catalog, const ObjectRow& object);

// Makes an object of the damaged one's user from another object with the same content, of any user, that is read and
// verified on the way. False: there is none that is whole.
[[nodiscard]] Result<bool> copy_from_anyone(const CheckedParts& parts, const ObjectRow& damaged);

// Damaged objects that versions refer to, after an id, in order.
[[nodiscard]] std::vector<ObjectRow> damaged_objects(Database& database, std::int64_t after, int limit);

// Moves the file of a damaged object, if there is one, to DATA/quarantine, durably: what the catalog is told next may
// let the collector remove a file that has its old name again after a power cut.
[[nodiscard]] Result<void> put_aside(const CheckedParts& parts, const ObjectRow& damaged);

// Takes what still refers to it out of the tree. `known`: see object_versions.hpp.
[[nodiscard]] Result<void> take_out_of_tree(const CheckedParts& parts, const ObjectRow& damaged,
                                            const std::vector<std::uint64_t>& known);

}  // namespace ndisk::storage
