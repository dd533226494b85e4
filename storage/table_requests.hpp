// The table requests: what was answered to a request id, so that a lost answer is given again, not made again. See
// sqlite.hpp for errors. One thread at a time.
#pragma once

#include <optional>
#include <string>

#include "storage/drive.hpp"
#include "storage/sqlite.hpp"

namespace ndisk::storage {

inline constexpr TimeNs kRequestLifetime = 30 * 24 * 3600 * kSecondNs;

enum class RequestKind : std::uint8_t {
  kCommit = 1,
  kRemove = 2,
  kMakeFolder = 3,
  kMove = 4,
  kCopy = 5,
  kRestore = 6,
  kRestoreTrash = 7,
  kEmptyTrash = 8,
};

struct RequestRow {
  RequestKind kind = RequestKind::kCommit;
  Committed result;                      // of the others only `change`
  std::string path;                      // where the thing is now, of those that place it
  std::optional<std::uint64_t> receipt;  // number of the receipt that a commit gave; `result` is without it
};

class RequestTable {
 public:
  explicit RequestTable(Database& database) : database_(database) {}

  [[nodiscard]] std::optional<RequestRow> find(const DeviceId& device, const RequestId& request);
  void insert(const DeviceId& device, const RequestId& request, const RequestRow& row, TimeNs now);
  // Forgets up to `limit` of the oldest that were made before `cutoff`; returns how many.
  std::int64_t prune(TimeNs cutoff, int limit);

 private:
  Database& database_;
};

}  // namespace ndisk::storage
