#include "storage/damaged_object.hpp"

#include "storage/object_store.hpp"

namespace ndisk::storage {
namespace {

constexpr std::size_t kMaxNamed = 16;
constexpr std::size_t kMaxIds = 256;

std::string unreadable_advice(const ObjectRow& row) {
  return "put the same content again, which heals every version of it; or look at the disk, where it is " +
         ObjectStore::shown_path(row.id, row.sha256) + ", and check again: it may be whole";
}

std::string advice_for(const DamagedObject& object, const DamagedVersion& version, Mended mended) {
  if (mended == Mended::kHealed) return "nothing: it was healed by another copy of the same content";
  if (object.is_unreadable) return unreadable_advice(object.row);
  if (version.is_current)
    return "put the same content again, which heals every version of it, or restore an earlier one";
  return "put the same content again, anywhere in the drive: that heals it";
}

Finding word(const DamagedObject& object, const DamagedVersion& version, Mended mended) {
  Finding finding{.kind = FindingKind::kObject,
                  .user = version.place.user,
                  .path = version.place.path,
                  .version = version.version,
                  .cause = object.cause,
                  .advice = advice_for(object, version, mended)};
  if (version.place.in_trash) {
    finding.cause += " (in the trash)";
  } else if (!version.is_current) {
    finding.cause += " (an earlier version)";
  }
  finding.mended = mended != Mended::kNot;
  return finding;
}

}  // namespace

Result<void> find_versions(Catalog& catalog, std::map<std::int64_t, DamagedObject>& objects) {
  if (objects.empty()) return {};
  return catalog.read([&](Database& database) -> Result<void> {
    NodePlaces places(database);
    auto query = database.query(
        "SELECT versions.id, versions.node, versions.object, ifnull(nodes.version, 0) FROM versions "
        "LEFT JOIN nodes ON nodes.id = versions.node WHERE versions.object BETWEEN ? AND ? ORDER BY versions.id",
        objects.begin()->first, objects.rbegin()->first);
    while (query.step()) {
      const auto found = objects.find(query.integer(2));
      if (found == objects.end()) continue;
      auto& object = found->second;
      if (object.ids.size() < kMaxIds) object.ids.push_back(query.number(0));
      const auto place = places.find_unnamed(query.integer(1));
      if (!place) continue;
      if (object.versions.size() < kMaxNamed) {
        const bool is_current = query.integer(3) == query.integer(0) && !place->in_trash;
        object.versions.push_back({query.number(0), *place, is_current});
      } else {
        ++object.more;
      }
    }
    std::vector<NodePlace*> named;
    for (auto& [id, object] : objects) {
      for (auto& version : object.versions) named.push_back(&version.place);
    }
    places.name(named);
    return {};
  });
}

std::vector<Finding> word_damage(const DamagedObject& object, Mended mended) {
  std::vector<Finding> findings;
  for (const auto& version : object.versions) findings.push_back(word(object, version, mended));
  if (object.is_unreadable && findings.empty()) {
    findings.push_back({.kind = FindingKind::kObject,
                        .path = ObjectStore::shown_path(object.row.id, object.row.sha256),
                        .cause = object.cause,
                        .advice = unreadable_advice(object.row)});
  }
  if (object.more > 0) {
    findings.back().cause += "; so is that of " + std::to_string(object.more) + " more versions with this content";
  }
  return findings;
}

}  // namespace ndisk::storage
