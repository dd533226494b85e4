#include "storage/table_outbox.hpp"

namespace ndisk::storage {

std::int64_t OutboxTable::add(const OutboxRow& row) {
  std::optional<std::int64_t> object;
  std::optional<Digest> digest;
  if (row.op == TreeOp::kLink) {
    object = row.object;
    digest = row.sha256;
  }
  std::optional<ByteView> target;
  if (row.op == TreeOp::kRename) target = as_bytes(row.target);
  database_.run("INSERT INTO outbox (user, op, path, object, sha256, target) VALUES (?, ?, ?, ?, ?, ?)", row.user,
                static_cast<int>(row.op), as_bytes(row.path), object, digest, target);
  return database_.last_insert_id();
}

std::vector<OutboxRow> OutboxTable::after(std::int64_t seq, int limit) {
  auto query = database_.query(
      "SELECT seq, user, op, path, object, sha256, target FROM outbox WHERE seq > ? ORDER BY seq LIMIT ?", seq, limit);
  std::vector<OutboxRow> rows;
  while (query.step()) {
    OutboxRow row;
    row.seq = query.integer(0);
    row.user = query.integer(1);
    row.op = static_cast<TreeOp>(query.integer(2));
    row.path = query.bytes(3);
    row.object = query.integer(4);
    row.sha256 = query.fixed<32>(5);
    row.target = query.bytes(6);
    rows.push_back(std::move(row));
  }
  return rows;
}

std::int64_t OutboxTable::last() {
  auto query = database_.query("SELECT ifnull(max(seq), 0) FROM outbox");
  return query.step() ? query.integer(0) : 0;
}

std::int64_t OutboxTable::highest_used() {
  auto query = database_.query("SELECT seq FROM sqlite_sequence WHERE name = 'outbox'");
  return query.step() ? query.integer(0) : 0;
}

void OutboxTable::remove_up_to(std::int64_t seq) { database_.run("DELETE FROM outbox WHERE seq <= ?", seq); }

std::int64_t OutboxTable::add_folder(std::int64_t user, std::int64_t folder, const std::string& path) {
  database_.run("INSERT INTO outbox (user, op, path, object) VALUES (?, 2, ?, ?)", user, as_bytes(path), folder);
  add_below(database_.last_insert_id() - 1);
  return last();
}

std::int64_t OutboxTable::add_user(std::int64_t user, std::int64_t root) {
  database_.run("INSERT INTO outbox (user, op, path) VALUES (?, 3, x'')", user);
  const auto first = database_.last_insert_id();
  add_children(user, root, "");
  add_below(first);
  return last();
}

void OutboxTable::refill() {
  database_.run("DELETE FROM outbox");
  database_.run("INSERT INTO outbox (user, op, path) VALUES (0, 5, x'')");
  std::vector<std::pair<std::int64_t, std::int64_t>> roots;
  {
    auto users = database_.query("SELECT id, root FROM users WHERE name NOT LIKE 'removed:%'");
    while (users.step()) roots.emplace_back(users.integer(0), users.integer(1));
  }
  for (const auto& [user, root] : roots) add_user(user, root);
}

// The entries that make folders are the queue of folders to go through, with the folder's id where a link has its
// object: so it takes no memory, however many files there are.
void OutboxTable::add_below(std::int64_t after) {
  while (const auto folder = next_folder(after)) {
    after = folder->seq;
    add_children(folder->user, folder->object, folder->path + '/');
    database_.run("UPDATE outbox SET object = NULL WHERE seq = ?", folder->seq);
  }
}

void OutboxTable::add_children(std::int64_t user, std::int64_t folder, const std::string& prefix) {
  database_.run(
      "INSERT INTO outbox (user, op, path, object, sha256) "
      "SELECT ?, CASE nodes.kind WHEN 2 THEN 2 ELSE 1 END, CAST(? || nodes.name AS BLOB), "
      "CASE nodes.kind WHEN 2 THEN nodes.id ELSE versions.object END, nodes.sha256 "
      "FROM nodes LEFT JOIN versions ON versions.id = nodes.version WHERE nodes.parent = ? AND nodes.kind <> 3",
      user, as_bytes(prefix), folder);
}

std::optional<OutboxRow> OutboxTable::next_folder(std::int64_t after) {
  auto query = database_.query(
      "SELECT seq, user, path, object FROM outbox WHERE op = 2 AND seq > ? ORDER BY seq LIMIT 1", after);
  if (!query.step()) return std::nullopt;
  OutboxRow row;
  row.seq = query.integer(0);
  row.user = query.integer(1);
  row.path = query.bytes(2);
  row.object = query.integer(3);
  return row;
}

}  // namespace ndisk::storage
