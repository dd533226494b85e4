#include "storage/table_nodes.hpp"

namespace ndisk::storage {
namespace {

// Columns id, kind, size, mtime, mode, version, sha256 from `first` on.
NodeRow to_node(const Query& query, int first) {
  NodeRow row;
  row.id = query.integer(first);
  row.kind = static_cast<Kind>(query.integer(first + 1));
  row.size = query.number(first + 2);
  row.attributes.mtime = query.integer(first + 3);
  row.attributes.mode = static_cast<std::uint32_t>(query.integer(first + 4));
  row.version = query.number(first + 5);
  row.sha256 = query.fixed<32>(first + 6);
  return row;
}

}  // namespace

std::optional<NodeRow> NodeTable::find(std::int64_t parent, std::string_view name) {
  auto query =
      database_.query("SELECT id, kind, size, mtime, mode, version, sha256 FROM nodes WHERE parent = ? AND name = ?",
                      parent, as_bytes(name));
  if (!query.step()) return std::nullopt;
  return to_node(query, 0);
}

std::optional<FoundNode> NodeTable::find_by_id(std::int64_t id) {
  auto query =
      database_.query("SELECT parent, name, id, kind, size, mtime, mode, version, sha256 FROM nodes WHERE id = ?", id);
  if (!query.step()) return std::nullopt;
  return FoundNode{query.integer(0), query.bytes(1), to_node(query, 2)};
}

NodeTable::Above NodeTable::step_up(std::int64_t id) {
  auto query = database_.query("SELECT parent, length(name) FROM nodes WHERE id = ?", id);
  if (!query.step()) return {};
  return {query.integer(0), query.number(1)};
}

std::uint64_t NodeTable::longest_below(std::int64_t folder) {
  auto query = database_.query(
      "WITH RECURSIVE below (id, bytes) AS (SELECT ?1, -1 UNION ALL "
      "SELECT nodes.id, below.bytes + 1 + length(nodes.name) FROM below JOIN nodes ON nodes.parent = below.id "
      "WHERE nodes.kind = 2) "
      "SELECT ifnull(max(below.bytes + 1 + length(nodes.name)), 0) FROM below JOIN nodes ON nodes.parent = below.id",
      folder);
  return query.step() ? query.number(0) : 0;
}

void NodeTable::visit_lengths_below(std::int64_t folder,
                                    const std::function<void(std::uint64_t, std::uint64_t)>& visit) {
  auto query = database_.query(
      "WITH RECURSIVE below (id, bytes) AS (SELECT ?1, -1 UNION ALL "
      "SELECT nodes.id, below.bytes + 1 + length(nodes.name) FROM below JOIN nodes ON nodes.parent = below.id "
      "WHERE nodes.kind = 2) "
      "SELECT below.bytes + 1 + length(nodes.name), count(*) FROM below JOIN nodes ON nodes.parent = below.id "
      "GROUP BY 1",
      folder);
  while (query.step()) visit(query.number(0), query.number(1));
}

std::optional<std::string> NodeTable::path_of(std::int64_t root, std::int64_t id) {
  if (id == root) return std::string();
  std::vector<std::string> parts;
  bool is_below = false;
  const bool has_end = climb(id, [&](std::string name, std::int64_t parent) {
    parts.push_back(std::move(name));
    is_below = parent == root;
    return !is_below;
  });
  if (!has_end || !is_below) return std::nullopt;
  auto path = std::move(parts.back());
  for (parts.pop_back(); !parts.empty(); parts.pop_back()) path.append("/").append(parts.back());
  return path;
}

Place NodeTable::locate(std::int64_t root, const RemotePath& path) {
  Place place;
  place.parts = path.components();
  place.folder = root;
  for (std::size_t i = 0; i < place.parts.size(); ++i) {
    auto found = find(place.folder, place.parts[i]);
    if (!found) return place;
    if (i + 1 == place.parts.size()) {
      place.node = found;
      return place;
    }
    if (found->kind != Kind::kFolder) {
      place.parent_is_file = true;
      return place;
    }
    place.folder = found->id;
    ++place.existing;
  }
  return place;
}

Query NodeTable::entries_after(std::int64_t folder, std::string_view name) {
  return database_.query(
      "SELECT name, id, kind, size, mtime, mode, version, sha256 FROM nodes WHERE parent = ? AND name > ? "
      "ORDER BY name",
      folder, as_bytes(name));
}

Query NodeTable::folders_after(std::int64_t folder, std::string_view name) {
  return database_.query(
      "SELECT name, id, kind, size, mtime, mode, version, sha256 FROM nodes INDEXED BY nodes_folders "
      "WHERE parent = ? AND name > ? AND kind = 2 ORDER BY name",
      folder, as_bytes(name));
}

NamedNode NodeTable::to_entry(const Query& query) { return {query.bytes(0), to_node(query, 1)}; }

void NodeTable::insert(std::int64_t parent, std::string_view name, const NodeRow& row) {
  std::optional<Digest> digest;
  if (row.kind != Kind::kFolder) digest = row.sha256;
  database_.run(
      "INSERT INTO nodes (parent, name, id, kind, size, mtime, mode, version, sha256) VALUES (?, ?, ?, ?, ?, ?, ?, ?, "
      "?)",
      parent, as_bytes(name), row.id, static_cast<int>(row.kind), row.size, row.attributes.mtime, row.attributes.mode,
      row.version, digest);
}

void NodeTable::update(std::int64_t parent, std::string_view name, const NodeRow& row) {
  std::optional<Digest> digest;
  if (row.kind != Kind::kFolder) digest = row.sha256;
  database_.run(
      "UPDATE nodes SET kind = ?, size = ?, mtime = ?, mode = ?, version = ?, sha256 = ? "
      "WHERE parent = ? AND name = ?",
      static_cast<int>(row.kind), row.size, row.attributes.mtime, row.attributes.mode, row.version, digest, parent,
      as_bytes(name));
}

void NodeTable::move(std::int64_t parent, std::string_view name, std::int64_t to_parent, std::string_view to_name) {
  database_.run("UPDATE nodes SET parent = ?, name = ? WHERE parent = ? AND name = ?", to_parent, as_bytes(to_name),
                parent, as_bytes(name));
}

void NodeTable::remove(std::int64_t parent, std::string_view name) {
  database_.run("DELETE FROM nodes WHERE parent = ? AND name = ?", parent, as_bytes(name));
}

}  // namespace ndisk::storage
