#include "storage/table_outbox.hpp"

namespace ndisk::storage {

std::int64_t OutboxTable::add(const OutboxRow& row) {
  std::optional<std::int64_t> object;
  std::optional<Digest> digest;
  if (row.op == TreeOp::kLink) {
    object = row.object;
    digest = row.sha256;
  }
  database_.run("INSERT INTO outbox (user, op, path, object, sha256) VALUES (?, ?, ?, ?, ?)", row.user,
                static_cast<int>(row.op), as_bytes(row.path), object, digest);
  return database_.last_insert_id();
}

std::vector<OutboxRow> OutboxTable::after(std::int64_t seq, int limit) {
  auto query = database_.query(
      "SELECT seq, user, op, path, object, sha256 FROM outbox WHERE seq > ? ORDER BY seq LIMIT ?", seq, limit);
  std::vector<OutboxRow> rows;
  while (query.step()) {
    OutboxRow row;
    row.seq = query.integer(0);
    row.user = query.integer(1);
    row.op = static_cast<TreeOp>(query.integer(2));
    row.path = query.bytes(3);
    row.object = query.integer(4);
    row.sha256 = query.fixed<32>(5);
    rows.push_back(std::move(row));
  }
  return rows;
}

std::int64_t OutboxTable::last() {
  auto query = database_.query("SELECT ifnull(max(seq), 0) FROM outbox");
  return query.step() ? query.integer(0) : 0;
}

void OutboxTable::remove_up_to(std::int64_t seq) { database_.run("DELETE FROM outbox WHERE seq <= ?", seq); }

void OutboxTable::refill() {
  database_.run("DELETE FROM outbox");
  database_.run("INSERT INTO outbox (user, op, path) SELECT id, 3, x'' FROM users");
  database_.run(
      "INSERT INTO outbox (user, op, path, object, sha256) "
      "WITH RECURSIVE below (user, id, path, kind, version, sha256) AS ("
      "SELECT users.id, nodes.id, CAST(nodes.name AS BLOB), nodes.kind, nodes.version, nodes.sha256 "
      "FROM users JOIN nodes ON nodes.parent = users.root "
      "UNION ALL "
      "SELECT below.user, nodes.id, CAST(below.path || x'2f' || nodes.name AS BLOB), nodes.kind, nodes.version, "
      "nodes.sha256 FROM below JOIN nodes ON nodes.parent = below.id WHERE below.kind = 2) "
      "SELECT below.user, CASE below.kind WHEN 2 THEN 2 ELSE 1 END, below.path, versions.object, below.sha256 "
      "FROM below LEFT JOIN versions ON versions.id = below.version");
}

}  // namespace ndisk::storage
