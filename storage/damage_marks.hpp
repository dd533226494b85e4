// DamageMarks: which of a user's current files can't be given as they were stored, for one listing.
//
// Where nothing of the user's is damaged, that is asked once and costs nothing for each file; else one look into an
// index that has only what is damaged. One thread, one snapshot.
#pragma once

#include "storage/table_nodes.hpp"
#include "storage/table_objects.hpp"

namespace ndisk::storage {

class DamageMarks {
 public:
  DamageMarks(Database& database, std::int64_t user)
      : objects_(database), user_(user), is_any_(objects_.has_damaged(user)) {}

  // False also where its content is read from another object, or where the catalog has lost its version.
  [[nodiscard]] bool is_damaged(const NodeRow& node) {
    if (!is_any_ || node.kind == Kind::kFolder || !objects_.has_damaged(user_, node.sha256)) return false;
    const auto version = objects_.find_version(node.version);
    const auto object = version ? objects_.find(version->object) : std::nullopt;
    return object && storage::is_damaged(object->state) && !objects_.find_content(user_, node.sha256, kAnyRefs);
  }

 private:
  ObjectTable objects_;
  const std::int64_t user_;
  const bool is_any_;
};

}  // namespace ndisk::storage
