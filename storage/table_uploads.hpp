// The table uploads: transfers under way, as far as they survive a crash. See sqlite.hpp for errors. One thread at a
// time.
#pragma once

#include <compare>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "storage/drive.hpp"
#include "storage/sqlite.hpp"

namespace ndisk::storage {

// What an upload is found again by.
struct UploadKey {
  DeviceId device{};
  std::string path;
  std::optional<std::uint64_t> size;
  TimeNs mtime = 0;

  friend auto operator<=>(const UploadKey&, const UploadKey&) = default;
};

struct UploadRow {
  UploadId id{};
  std::int64_t user = 0;
  UploadKey key;
  RequestId request{};
  std::uint32_t mode = 0;
  TimeNs created = 0;
  TimeNs touched = 0;
  std::uint64_t durable = 0;
  Bytes midstate;  // Sha256::save() of the durable bytes
};

class UploadTable {
 public:
  explicit UploadTable(Database& database) : database_(database) {}

  [[nodiscard]] std::optional<UploadRow> find(const UploadId& id);
  [[nodiscard]] std::optional<UploadRow> find(const UploadKey& key);
  // In the order of their ids, from behind `after` on. At most `limit` rows.
  [[nodiscard]] std::vector<UploadRow> of_user(std::int64_t user, const UploadId& after, int limit);
  [[nodiscard]] std::vector<UploadRow> of_device(const DeviceId& device, const UploadId& after, int limit);
  // Not touched since the first time, or, if their size is not known, since the second; least recently touched first,
  // from behind `after` on.
  struct Place {
    TimeNs touched = std::numeric_limits<TimeNs>::min();
    UploadId id{};
  };
  [[nodiscard]] std::vector<UploadRow> touched_before(TimeNs time, TimeNs unsized_time, const Place& after, int limit);
  [[nodiscard]] std::string device_name(const DeviceId& device);
  [[nodiscard]] std::vector<UploadId> all_ids();

  struct Share {
    UploadId id{};
    std::int64_t user = 0;
    std::uint64_t durable = 0;
  };
  [[nodiscard]] std::vector<Share> all_shares();
  // Replaces a row with the same id or the same key.
  void put(const UploadRow& row);
  void remove(const UploadKey& key);
  void remove(const UploadId& id);

 private:
  Database& database_;
};

}  // namespace ndisk::storage
