#include "storage/table_trash.hpp"

#include <limits>

namespace ndisk::storage {
namespace {

TrashRow to_row(const Query& query) {
  return {query.number(0), query.integer(1), query.integer(2), query.bytes(3), query.integer(4)};
}

std::optional<TrashRow> first_row(Query query) {
  if (!query.step()) return std::nullopt;
  return to_row(query);
}

TrashItem to_item(const Query& query) {
  TrashItem item;
  item.id = query.number(0);
  item.path = query.bytes(1);
  item.kind = static_cast<Kind>(query.integer(2));
  item.removed = query.integer(3);
  item.device_name = query.bytes(4);
  item.files = query.number(5);
  item.bytes = query.number(6);
  return item;
}

}  // namespace

std::vector<TrashItem> TrashTable::newest(std::int64_t user, std::uint64_t before, std::size_t limit) {
  constexpr std::uint64_t kNoBound = std::numeric_limits<std::int64_t>::max();
  auto query = database_.query(
      "SELECT trash.id, path, kind, removed, devices.name, files, bytes FROM trash "
      "LEFT JOIN devices ON devices.id = device WHERE trash.user = ? AND trash.id < ? ORDER BY trash.id DESC LIMIT ?",
      user, before == 0 ? kNoBound : std::min(before, kNoBound), std::uint64_t{limit});
  std::vector<TrashItem> items;
  while (query.step()) items.push_back(to_item(query));
  return items;
}

std::optional<TrashRow> TrashTable::find(std::int64_t user, std::uint64_t id) {
  return first_row(
      database_.query("SELECT id, user, node, path, removed FROM trash WHERE id = ? AND user = ?", id, user));
}

std::optional<TrashRow> TrashTable::newest_of(std::int64_t user, const std::string& path) {
  return first_row(
      database_.query("SELECT id, user, node, path, removed FROM trash WHERE user = ? AND path = ? "
                      "ORDER BY id DESC LIMIT 1",
                      user, as_bytes(path)));
}

std::vector<TrashRow> TrashTable::removed_up_to(TimeNs time, std::uint64_t newest, int limit) {
  auto query = database_.query(
      "SELECT id, user, node, path, removed FROM trash WHERE removed <= ? AND id <= ? ORDER BY removed LIMIT ?", time,
      newest, limit);
  std::vector<TrashRow> rows;
  while (query.step()) rows.push_back(to_row(query));
  return rows;
}

void TrashTable::remove(std::uint64_t id) { database_.run("DELETE FROM trash WHERE id = ?", id); }

std::uint64_t TrashTable::remove_all(std::int64_t user, std::optional<TimeNs> removed_before, std::int64_t new_parent) {
  const auto bound = removed_before.value_or(std::numeric_limits<TimeNs>::max());
  database_.run("UPDATE nodes SET parent = ? WHERE id IN (SELECT node FROM trash WHERE user = ? AND removed < ?)",
                new_parent, user, bound);
  database_.run("DELETE FROM trash WHERE user = ? AND removed < ?", user, bound);
  return database_.failed() ? 0 : static_cast<std::uint64_t>(database_.changes());
}

}  // namespace ndisk::storage
