#include "storage/check_records.hpp"

#include "storage/node_places.hpp"

namespace ndisk::storage {
namespace {

struct Rule {
  const char* window;  // the last id of the next rows after ?
  const char* sql;     // node and version of what is wrong among the rows with ids above ? and up to ?
  const char* cause;
  const char* advice;
  bool is_kept = true;  // said only of what stands in a drive or in its trash: the rest is on its way out
};

constexpr char kVersions[] = "SELECT max(id) FROM (SELECT id FROM versions WHERE id > ? ORDER BY id LIMIT 4096)";
constexpr char kNodes[] = "SELECT max(id) FROM (SELECT id FROM nodes WHERE id > ? ORDER BY id LIMIT 4096)";
constexpr char kTrash[] = "SELECT max(id) FROM (SELECT id FROM trash WHERE id > ? ORDER BY id LIMIT 4096)";
constexpr char kPutAgain[] = "put the file again, or restore another version of it";
constexpr char kRestoreCatalog[] = "stop the server, and restore a backup or make a new catalog: ndiskd rebuild";

constexpr Rule kRules[] = {
    {kVersions,
     "SELECT versions.node, versions.id FROM versions LEFT JOIN objects ON objects.id = versions.object "
     "WHERE versions.id > ? AND versions.id <= ? AND objects.id IS NULL",
     "the catalog does not know the content of this version", kPutAgain},
    {kVersions,
     "SELECT versions.node, versions.id FROM versions JOIN objects ON objects.id = versions.object "
     "WHERE versions.id > ? AND versions.id <= ? AND objects.size <> versions.size",
     "the size of this version is not that of its content", kPutAgain},
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

}  // namespace

CheckProgress RecordsCheck::progress() const { return {"records", rule_, std::size(kRules)}; }

Result<bool> RecordsCheck::step(CheckOutcome& outcome) {
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
      outcome.found.push_back(std::move(finding));
      ++outcome.report.damage;
    }
    return end;
  });
  if (!last) return std::unexpected(last.error());
  if (*last) {
    after_ = **last;
    return true;
  }
  after_ = 0;
  return ++rule_ < std::size(kRules);
}

}  // namespace ndisk::storage
