// DamagedObject: content that is not what was recorded, and which versions of which files are hit by that.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "storage/catalog.hpp"
#include "storage/finding.hpp"
#include "storage/node_places.hpp"
#include "storage/table_objects.hpp"

namespace ndisk::storage {

struct DamagedVersion {
  std::uint64_t version = 0;
  NodePlace place;
  bool is_current = false;
};

struct DamagedObject {
  ObjectRow row;
  std::string cause;
  bool is_unreadable = false;  // the disk could not say what the content is; else it is certain that it is damaged
  std::vector<DamagedVersion> versions;  // the first few
  std::uint64_t more = 0;                // that are not in it
  std::vector<std::uint64_t> ids;        // of all versions that refer to it, in order, if there are not too many
};

// Fills in the versions of all of them: one walk through the table of versions, and one through that of the trash.
// Objects by id.
[[nodiscard]] Result<void> find_versions(Catalog& catalog, std::map<std::int64_t, DamagedObject>& objects);

enum class Mended : std::uint8_t { kNot, kHealed };

// One finding a version; of what is unreadable one at least.
[[nodiscard]] std::vector<Finding> word_damage(const DamagedObject& object, Mended mended);

}  // namespace ndisk::storage
