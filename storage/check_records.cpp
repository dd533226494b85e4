#include "storage/check_records.hpp"

#include <map>

#include "storage/healing.hpp"
#include "storage/node_places.hpp"

namespace ndisk::storage {
namespace {

struct Rule {
  const char* window;  // the last id of the next rows after ?
  const char* sql;     // node and version of what is wrong among the rows with ids above ? and up to ?
  const char* cause;
  const char* advice;
  bool is_kept = true;   // said only of what stands in a drive or in its trash: the rest is on its way out
  bool is_size = false;  // a repair sets it
};

constexpr char kVersions[] = "SELECT max(id) FROM (SELECT id FROM versions WHERE id > ? ORDER BY id LIMIT 4096)";
constexpr char kNodes[] = "SELECT max(id) FROM (SELECT id FROM nodes WHERE id > ? ORDER BY id LIMIT 4096)";
constexpr char kTrash[] = "SELECT max(id) FROM (SELECT id FROM trash WHERE id > ? ORDER BY id LIMIT 4096)";
constexpr char kPutAgain[] = "put the file again, or restore another version of it";
constexpr char kSetSize[] =
    "--repair sets it if the content is whole; if not, put the file again, or restore another version of it";
constexpr char kRestoreCatalog[] = "stop the server, and restore a backup or make a new catalog: ndiskd rebuild";

constexpr Rule kRules[] = {
    {kVersions,
     "SELECT versions.node, versions.id FROM versions LEFT JOIN objects ON objects.id = versions.object "
     "WHERE versions.id > ? AND versions.id <= ? AND objects.id IS NULL",
     "the catalog does not know the content of this version", kPutAgain},
    {kVersions,
     "SELECT versions.node, versions.id FROM versions JOIN objects ON objects.id = versions.object "
     "WHERE versions.id > ? AND versions.id <= ? AND objects.size <> versions.size",
     "the size of this version is not that of its content", kSetSize, true, true},
    {kVersions,
     "SELECT 0, versions.id FROM versions LEFT JOIN nodes ON nodes.id = versions.node "
     "WHERE versions.id > ? AND versions.id <= ? AND nodes.id IS NULL",
     "this version belongs to no file", kRestoreCatalog, false},
    {kNodes,
     "SELECT id, version FROM nodes WHERE id > ? AND id <= ? AND kind <> 2 AND NOT EXISTS (SELECT 1 FROM versions "
     "WHERE versions.id = nodes.version AND versions.node = nodes.id AND versions.id = "
     "(SELECT max(id) FROM versions WHERE node = nodes.id))",
     "the file's current version is not the newest of its versions", kPutAgain},
    {kNodes,
     "SELECT nodes.id, nodes.version FROM nodes JOIN versions ON versions.id = nodes.version "
     "JOIN objects ON objects.id = versions.object WHERE nodes.id > ? AND nodes.id <= ? AND nodes.kind <> 2 AND "
     "(nodes.size <> versions.size OR nodes.mtime <> versions.mtime OR nodes.mode <> versions.mode OR "
     "nodes.kind <> versions.kind OR nodes.sha256 IS NOT objects.sha256)",
     "what the file's name says of it is not what its current version says", kPutAgain},
    {kNodes,
     "SELECT 0, 0 FROM nodes WHERE id > ? AND id <= ? AND parent <> 0 AND NOT EXISTS "
     "(SELECT 1 FROM nodes AS above WHERE above.id = nodes.parent AND above.kind = 2) AND parent NOT IN "
     "(SELECT root FROM users UNION SELECT trash FROM users)",
     "a file or folder stands in a folder that does not exist", kRestoreCatalog, false},
    {kNodes,
     "SELECT nodes.id, 0 FROM nodes JOIN users ON users.trash = nodes.parent WHERE nodes.id > ?1 AND nodes.id <= ?2 "
     "AND nodes.id NOT IN (SELECT node FROM trash WHERE node > ?1 AND node <= ?2)",
     "something in the trash has no item there, so that nobody can restore or empty it", kRestoreCatalog},
    // All folders that lead to it stand in it, too: said of each.
    {kNodes,
     "WITH RECURSIVE up (start, id) AS (SELECT id, parent FROM nodes WHERE id > ? AND id <= ? AND kind = 2 UNION "
     "SELECT up.start, nodes.parent FROM up JOIN nodes ON nodes.id = up.id) SELECT 0, 0 FROM up WHERE id = start",
     "a folder stands in itself, so that nothing leads to it", kRestoreCatalog, false},
    {kTrash,
     "SELECT 0, 0 FROM trash JOIN users ON users.id = trash.user JOIN nodes ON nodes.id = trash.node "
     "WHERE trash.id > ? AND trash.id <= ? AND nodes.parent <> users.trash AND users.name NOT LIKE 'removed:%'",
     "an item of the trash is of something that is not in the trash", kRestoreCatalog, false},
    {kTrash,
     "SELECT 0, 0 FROM trash LEFT JOIN nodes ON nodes.id = trash.node "
     "WHERE trash.id > ? AND trash.id <= ? AND nodes.id IS NULL",
     "an item of the trash has no content", kRestoreCatalog, false},
};

// By their object, where that is healthy.
Result<std::map<std::int64_t, std::pair<ObjectRow, std::vector<std::size_t>>>> group(
    Catalog& catalog, const std::vector<Finding>& found) {
  using Groups = std::map<std::int64_t, std::pair<ObjectRow, std::vector<std::size_t>>>;
  return catalog.read([&](Database& database) -> Result<Groups> {
    Groups groups;
    ObjectTable objects(database);
    for (std::size_t i = 0; i < found.size(); ++i) {
      const auto version = objects.find_version(found[i].version);
      const auto object = version ? objects.find(version->object) : std::nullopt;
      if (!object || object->state != ObjectState::kHealthy) continue;
      auto& [row, indexes] = groups[object->id];
      row = *object;
      indexes.push_back(i);
    }
    return groups;
  });
}

}  // namespace

CheckProgress RecordsCheck::progress() const { return {"records", rule_, std::size(kRules)}; }

Result<bool> RecordsCheck::step(CheckOutcome& outcome) {
  std::vector<Finding> found;
  const auto more = look(found);
  if (!more) return more;
  if (repair_ && kRules[rule_].is_size) {
    if (auto mended = mend_sizes(found); !mended) return std::unexpected(std::move(mended.error()));
  }
  for (auto& finding : found) {
    ++outcome.report.damage;
    if (finding.mended) ++outcome.report.mended;
    outcome.found.push_back(std::move(finding));
  }
  if (*more) return true;
  after_ = 0;
  return ++rule_ < std::size(kRules);
}

// At the next rows, if there are any.
Result<bool> RecordsCheck::look(std::vector<Finding>& found) {
  const auto& rule = kRules[rule_];
  const auto last = parts_.catalog.read([&](Database& database) -> Result<std::optional<std::int64_t>> {
    auto window = database.query(rule.window, after_);
    if (!window.step() || window.is_null(0)) return std::nullopt;
    const auto end = window.integer(0);
    NodePlaces places(database);
    auto query = database.query(rule.sql, after_, end);
    while (query.step()) {
      const auto place = places.find(query.integer(0));
      if (rule.is_kept && !place) continue;
      Finding finding{.kind = FindingKind::kRecord, .cause = rule.cause, .advice = rule.advice};
      if (place) finding.user = place->user;
      if (place) finding.path = place->path;
      finding.version = query.number(1);
      found.push_back(std::move(finding));
    }
    return end;
  });
  if (!last) return std::unexpected(last.error());
  if (*last) after_ = **last;
  return last->has_value();
}

// What fails for one object is said of its versions, and the others have their turn.
Result<void> RecordsCheck::mend_sizes(std::vector<Finding>& found) const {
  const auto groups = group(parts_.catalog, found);
  if (!groups) return std::unexpected(groups.error());
  for (const auto& [id, wrong] : *groups) {
    const auto& [object, indexes] = wrong;
    std::vector<std::uint64_t> versions;
    for (const auto i : indexes) versions.push_back(found[i].version);
    const auto corrected = correct_sizes(parts_, object, versions);
    if (!corrected && corrected.error().code == ErrorCode::kShuttingDown) return std::unexpected(corrected.error());
    for (const auto i : indexes) {
      if (!corrected) found[i].cause += "; it could not be mended: " + corrected.error().message;
      found[i].mended = corrected && *corrected;
      if (found[i].mended) found[i].advice = "nothing: it was set";
    }
  }
  return {};
}

}  // namespace ndisk::storage
