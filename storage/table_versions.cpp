#include "storage/table_versions.hpp"

#include <limits>

namespace ndisk::storage {
namespace {

constexpr std::uint64_t kNoBound = std::numeric_limits<std::int64_t>::max();

std::uint64_t bounded(std::uint64_t number) { return std::min(number, kNoBound); }

KeptVersion to_kept(const Query& query) { return {query.number(0), query.integer(1), query.integer(2)}; }

VersionSummary to_summary(const Query& query) {
  VersionSummary version;
  version.version = query.number(0);
  version.kind = static_cast<Kind>(query.integer(1));
  version.size = query.number(2);
  version.attributes.mtime = query.integer(3);
  version.attributes.mode = static_cast<std::uint32_t>(query.integer(4));
  version.sha256 = query.fixed<32>(5);
  version.created = query.integer(6);
  version.device_name = query.bytes(7);
  version.change = query.number(8);
  version.damaged = query.integer(9) != 0;
  return version;
}

}  // namespace

std::vector<VersionSummary> VersionTable::newest(std::int64_t node, std::uint64_t before, std::size_t limit) {
  auto query = database_.query(
      "SELECT versions.id, kind, versions.size, mtime, mode, sha256, versions.created, devices.name, change, "
      "state > 1 AND NOT EXISTS (SELECT 1 FROM objects AS twins WHERE twins.user = objects.user AND "
      "twins.sha256 = objects.sha256 AND twins.state = 0) "
      "FROM versions JOIN objects ON objects.id = object LEFT JOIN devices ON devices.id = device "
      "WHERE node = ? AND versions.id < ? ORDER BY versions.id DESC LIMIT ?",
      node, before == 0 ? kNoBound : bounded(before), std::uint64_t{limit});
  std::vector<VersionSummary> versions;
  while (query.step()) versions.push_back(to_summary(query));
  return versions;
}

std::optional<std::uint64_t> VersionTable::newest_before(std::int64_t node, std::uint64_t before) {
  auto query = database_.query("SELECT id FROM versions WHERE node = ? AND id < ? ORDER BY id DESC LIMIT 1", node,
                               bounded(before));
  if (!query.step()) return std::nullopt;
  return query.number(0);
}

std::optional<KeptVersion> VersionTable::nth_newest(std::int64_t node, std::uint64_t n) {
  auto query = database_.query(
      "SELECT id, object, created FROM versions WHERE node = ? ORDER BY id DESC LIMIT 1 OFFSET ?", node, bounded(n));
  if (!query.step()) return std::nullopt;
  return to_kept(query);
}

std::vector<KeptVersion> VersionTable::oldest(std::int64_t node, std::uint64_t up_to, int limit) {
  auto query =
      database_.query("SELECT id, object, created FROM versions WHERE node = ? AND id <= ? ORDER BY id LIMIT ?", node,
                      bounded(up_to), limit);
  std::vector<KeptVersion> versions;
  while (query.step()) versions.push_back(to_kept(query));
  return versions;
}

void VersionTable::remove(const KeptVersion& version) {
  database_.run("DELETE FROM versions WHERE id = ?", version.id);
  database_.run("UPDATE objects SET refs = refs - 1 WHERE id = ?", version.object);
}

}  // namespace ndisk::storage
