#include "storage/table_uploads.hpp"

#define NDISK_UPLOAD_COLUMNS "id, user, device, request, path, size, mtime, mode, created, touched, durable, midstate"

namespace ndisk::storage {
namespace {

UploadRow to_upload(const Query& query) {
  UploadRow row;
  row.id = query.fixed<16>(0);
  row.user = query.integer(1);
  row.key.device = query.fixed<16>(2);
  row.request = query.fixed<16>(3);
  row.key.path = query.bytes(4);
  if (!query.is_null(5)) row.key.size = query.number(5);
  row.key.mtime = query.integer(6);
  row.mode = static_cast<std::uint32_t>(query.integer(7));
  row.created = query.integer(8);
  row.touched = query.integer(9);
  row.durable = query.number(10);
  const auto midstate = query.bytes(11);
  row.midstate.assign(midstate.begin(), midstate.end());
  return row;
}

std::optional<UploadRow> first_upload(Query query) {
  if (!query.step()) return std::nullopt;
  return to_upload(query);
}

std::vector<UploadRow> all_uploads(Query query) {
  std::vector<UploadRow> rows;
  while (query.step()) rows.push_back(to_upload(query));
  return rows;
}

}  // namespace

std::optional<UploadRow> UploadTable::find(const UploadId& id) {
  return first_upload(database_.query("SELECT " NDISK_UPLOAD_COLUMNS " FROM uploads WHERE id = ?", id));
}

std::optional<UploadRow> UploadTable::find(const UploadKey& key) {
  return first_upload(
      database_.query("SELECT " NDISK_UPLOAD_COLUMNS
                      " FROM uploads WHERE device = ? AND path = ? AND ifnull(size, -1) = ifnull(?, -1) "
                      "AND mtime = ?",
                      key.device, as_bytes(key.path), key.size, key.mtime));
}

std::vector<UploadRow> UploadTable::of_user(std::int64_t user, const UploadId& after, int limit) {
  return all_uploads(database_.query("SELECT " NDISK_UPLOAD_COLUMNS
                                     " FROM uploads WHERE user = ? AND id > ? ORDER BY id LIMIT ?",
                                     user, after, limit));
}

// The plus keeps it from the index of keys, out of which the rows would have to be sorted.
std::vector<UploadRow> UploadTable::of_device(const DeviceId& device, const UploadId& after, int limit) {
  return all_uploads(database_.query("SELECT " NDISK_UPLOAD_COLUMNS
                                     " FROM uploads WHERE +device = ? AND id > ? ORDER BY id LIMIT ?",
                                     device, after, limit));
}

std::vector<UploadRow> UploadTable::touched_before(TimeNs time, TimeNs unsized_time, const Place& after, int limit) {
  return all_uploads(database_.query("SELECT " NDISK_UPLOAD_COLUMNS
                                     " FROM uploads WHERE touched < iif(size IS NULL, ?, ?) AND (touched, id) > (?, ?) "
                                     "ORDER BY touched, id LIMIT ?",
                                     unsized_time, time, after.touched, after.id, limit));
}

std::string UploadTable::device_name(const DeviceId& device) {
  auto query = database_.query("SELECT name FROM devices WHERE id = ?", device);
  return query.step() ? query.bytes(0) : std::string();
}

std::vector<UploadId> UploadTable::all_ids() {
  auto query = database_.query("SELECT id FROM uploads");
  std::vector<UploadId> ids;
  while (query.step()) ids.push_back(query.fixed<16>(0));
  return ids;
}

std::vector<UploadTable::Share> UploadTable::all_shares() {
  auto query = database_.query("SELECT id, user, durable FROM uploads");
  std::vector<Share> shares;
  while (query.step()) shares.push_back({query.fixed<16>(0), query.integer(1), query.number(2)});
  return shares;
}

void UploadTable::put(const UploadRow& row) {
  database_.run("INSERT OR REPLACE INTO uploads (" NDISK_UPLOAD_COLUMNS ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                row.id, row.user, row.key.device, row.request, as_bytes(row.key.path), row.key.size, row.key.mtime,
                row.mode, row.created, row.touched, row.durable, ByteView(row.midstate));
}

void UploadTable::remove(const UploadKey& key) {
  database_.run("DELETE FROM uploads WHERE device = ? AND path = ? AND ifnull(size, -1) = ifnull(?, -1) AND mtime = ?",
                key.device, as_bytes(key.path), key.size, key.mtime);
}

void UploadTable::remove(const UploadId& id) { database_.run("DELETE FROM uploads WHERE id = ?", id); }

}  // namespace ndisk::storage
