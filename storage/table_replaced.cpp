#include "storage/table_replaced.hpp"

namespace ndisk::storage {

void ReplacedTable::add(std::int64_t node, TimeNs due) {
  database_.run("INSERT OR IGNORE INTO replaced (node, due) VALUES (?, ?)", node, due);
}

std::vector<std::int64_t> ReplacedTable::due(TimeNs now, int limit) {
  auto query = database_.query("SELECT node FROM replaced WHERE due <= ? ORDER BY due LIMIT ?", now, limit);
  std::vector<std::int64_t> nodes;
  while (query.step()) nodes.push_back(query.integer(0));
  return nodes;
}

void ReplacedTable::set_due(std::int64_t node, TimeNs due) {
  database_.run("UPDATE replaced SET due = ? WHERE node = ?", due, node);
}

void ReplacedTable::remove(std::int64_t node) { database_.run("DELETE FROM replaced WHERE node = ?", node); }

void ReplacedTable::refill(std::uint64_t kept_versions) {
  database_.run("DELETE FROM replaced");
  database_.run("INSERT INTO replaced (node, due) SELECT node, 0 FROM versions GROUP BY node HAVING count(*) - 1 > ?",
                kept_versions);
}

}  // namespace ndisk::storage
