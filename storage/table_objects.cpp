#include "storage/table_objects.hpp"

namespace ndisk::storage {
namespace {

ObjectRow to_object(const Query& query) {
  ObjectRow row;
  row.id = query.integer(0);
  row.user = query.integer(1);
  row.sha256 = query.fixed<32>(2);
  row.size = query.number(3);
  row.disk_mtime = query.integer(4);
  row.refs = query.integer(5);
  row.state = static_cast<ObjectState>(query.integer(6));
  return row;
}

std::optional<ObjectRow> first_object(Query query) {
  if (!query.step()) return std::nullopt;
  return to_object(query);
}

}  // namespace

std::optional<ObjectRow> ObjectTable::find_content(std::int64_t user, const Digest& sha256, std::int64_t max_refs) {
  return first_object(
      database_.query("SELECT id, user, sha256, size, disk_mtime, refs, state FROM objects "
                      "WHERE user = ? AND sha256 = ? AND state = 0 AND refs < ? LIMIT 1",
                      user, sha256, max_refs));
}

std::vector<ObjectRow> ObjectTable::of_size(std::int64_t user, std::uint64_t size, std::size_t most) {
  auto query = database_.query(
      "SELECT id, user, sha256, size, disk_mtime, refs, state FROM objects "
      "WHERE user = ? AND size = ? AND state = 0 LIMIT ?",
      user, size, most);
  std::vector<ObjectRow> rows;
  while (query.step()) rows.push_back(to_object(query));
  return rows;
}

bool ObjectTable::has_damaged(std::int64_t user, const Digest& sha256) {
  auto query = database_.query(
      "SELECT 1 FROM objects INDEXED BY objects_damaged_content WHERE user = ? AND sha256 = ? AND state > 1 LIMIT 1",
      user, sha256);
  return query.step();
}

bool ObjectTable::has_damaged(std::int64_t user) {
  auto query = database_.query(
      "SELECT 1 FROM objects INDEXED BY objects_damaged_content WHERE user = ? AND state > 1 LIMIT 1", user);
  return query.step();
}

std::uint64_t ObjectTable::damaged_bytes(std::int64_t user, std::optional<std::uint64_t> size) {
  auto query = database_.query(
      "SELECT ifnull(sum(size), 0), ifnull(sum(size = ?), 0) FROM objects INDEXED BY objects_damaged_content "
      "WHERE user = ? AND state > 1",
      size, user);
  if (!query.step() || (size && query.integer(1) == 0)) return 0;
  return query.number(0);
}

std::optional<ObjectRow> ObjectTable::find(std::int64_t id) {
  return first_object(
      database_.query("SELECT id, user, sha256, size, disk_mtime, refs, state FROM objects WHERE id = ?", id));
}

void ObjectTable::insert(const ObjectRow& row) {
  database_.run("INSERT INTO objects (id, user, sha256, size, disk_mtime, refs, state) VALUES (?, ?, ?, ?, ?, ?, ?)",
                row.id, row.user, row.sha256, row.size, row.disk_mtime, row.refs, static_cast<int>(row.state));
}

void ObjectTable::add_reference(std::int64_t id) {
  database_.run("UPDATE objects SET refs = refs + 1 WHERE id = ?", id);
}

void ObjectTable::move_reference(std::uint64_t version, std::int64_t from, std::int64_t to) {
  database_.run("UPDATE versions SET object = ?1, size = (SELECT size FROM objects WHERE id = ?1) WHERE id = ?2", to,
                version);
  database_.run("UPDATE objects SET refs = refs + 1 WHERE id = ?", to);
  database_.run("UPDATE objects SET refs = refs - 1 WHERE id = ?", from);
}

void ObjectTable::set_state(std::int64_t id, ObjectState state) {
  database_.run("UPDATE objects SET state = ? WHERE id = ?", static_cast<int>(state), id);
}

void ObjectTable::set_disk_mtime(std::int64_t id, TimeNs disk_mtime) {
  database_.run("UPDATE objects SET disk_mtime = ? WHERE id = ?", disk_mtime, id);
}

void ObjectTable::remove(std::int64_t id) { database_.run("DELETE FROM objects WHERE id = ?", id); }

std::vector<ObjectRow> ObjectTable::after(std::int64_t id, int limit) {
  auto query = database_.query(
      "SELECT id, user, sha256, size, disk_mtime, refs, state FROM objects WHERE id > ? ORDER BY id LIMIT ?", id,
      limit);
  std::vector<ObjectRow> rows;
  while (query.step()) rows.push_back(to_object(query));
  return rows;
}

std::vector<ObjectRow> ObjectTable::unreferenced(std::int64_t after, int limit) {
  auto query = database_.query(
      "SELECT id, user, sha256, size, disk_mtime, refs, state FROM objects WHERE refs = 0 AND id > ? "
      "ORDER BY id LIMIT ?",
      after, limit);
  std::vector<ObjectRow> rows;
  while (query.step()) rows.push_back(to_object(query));
  return rows;
}

std::uint64_t ObjectTable::insert_version(const VersionRow& row, TimeNs created) {
  database_.run(
      "INSERT INTO versions (node, object, size, mtime, mode, created, device, change, kind) "
      "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
      row.node, row.object, row.size, row.attributes.mtime, row.attributes.mode, created, row.device, row.change,
      static_cast<int>(row.kind));
  return static_cast<std::uint64_t>(database_.last_insert_id());
}

std::optional<VersionRow> ObjectTable::find_version(std::uint64_t id) {
  auto query = database_.query(
      "SELECT id, node, object, size, mtime, mode, device, change, kind, created FROM versions WHERE id = ?", id);
  if (!query.step()) return std::nullopt;
  VersionRow row;
  row.id = query.number(0);
  row.node = query.integer(1);
  row.object = query.integer(2);
  row.size = query.number(3);
  row.attributes.mtime = query.integer(4);
  row.attributes.mode = static_cast<std::uint32_t>(query.integer(5));
  row.device = query.fixed<16>(6);
  row.change = query.number(7);
  row.kind = static_cast<Kind>(query.integer(8));
  row.created = query.integer(9);
  return row;
}

}  // namespace ndisk::storage
