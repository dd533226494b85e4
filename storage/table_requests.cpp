#include "storage/table_requests.hpp"

namespace ndisk::storage {
namespace {

constexpr int kUnchangedFlag = 1;
constexpr int kInstantFlag = 2;
constexpr int kHealedFlag = 4;

}  // namespace

std::optional<RequestRow> RequestTable::find(const DeviceId& device, const RequestId& request) {
  auto query = database_.query(
      "SELECT kind, version, size, sha256, change, flags, path, receipt FROM requests WHERE device = ? AND request = ?",
      device, request);
  if (!query.step()) return std::nullopt;
  RequestRow row;
  row.kind = static_cast<RequestKind>(query.integer(0));
  row.result.version = query.number(1);
  row.result.size = query.number(2);
  row.result.sha256 = query.fixed<32>(3);
  row.result.change = query.number(4);
  row.result.unchanged = (query.integer(5) & kUnchangedFlag) != 0;
  row.result.instant = (query.integer(5) & kInstantFlag) != 0;
  row.result.healed = (query.integer(5) & kHealedFlag) != 0;
  row.path = query.bytes(6);
  if (!query.is_null(7)) row.receipt = query.number(7);
  return row;
}

void RequestTable::insert(const DeviceId& device, const RequestId& request, const RequestRow& row, TimeNs now) {
  const int flags = (row.result.unchanged ? kUnchangedFlag : 0) | (row.result.instant ? kInstantFlag : 0) |
                    (row.result.healed ? kHealedFlag : 0);
  std::optional<Digest> digest;
  if (row.kind == RequestKind::kCommit) digest = row.result.sha256;
  std::optional<ByteView> path;
  if (!row.path.empty()) path = as_bytes(row.path);
  database_.run(
      "INSERT INTO requests (device, request, kind, version, size, sha256, change, flags, created, path, receipt) "
      "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      device, request, static_cast<int>(row.kind), row.result.version, row.result.size, digest, row.result.change,
      flags, now, path, row.receipt);
}

std::int64_t RequestTable::prune(TimeNs cutoff, int limit) {
  database_.run(
      "DELETE FROM requests WHERE id IN (SELECT id FROM (SELECT id, created FROM requests ORDER BY id LIMIT ?) "
      "WHERE created < ?)",
      limit, cutoff);
  return database_.failed() ? 0 : database_.changes();
}

}  // namespace ndisk::storage
