// A drive with calls for its history, and a look at whether the catalog and the disk agree with themselves.
#pragma once

#include <set>

#include "storage/sqlite.hpp"
#include "tests/storage/catalog_faults.hpp"
#include "tests/storage/drive_fixture.hpp"

namespace ndisk::storage {

class HistoryFixture : public DriveFixture {
 public:
  Result<Placed> restore(std::string_view path, std::optional<std::uint64_t> version = std::nullopt,
                         RequestId id = random_bytes<16>()) {
    return wait_for<Placed>([&](auto done) { drive->restore(actor, id, at(path), version, std::move(done)); });
  }
  Result<Placed> restore_trash(std::uint64_t item, std::optional<std::string> to = std::nullopt,
                               RequestId id = random_bytes<16>()) {
    std::optional<RemotePath> where;
    if (to) where = at(*to);
    return wait_for<Placed>([&](auto done) { drive->restore_trash(actor, id, item, where, std::move(done)); });
  }
  Result<Emptied> empty(std::vector<std::uint64_t> ids = {}, std::optional<TimeNs> before = std::nullopt,
                        RequestId id = random_bytes<16>()) {
    EmptyTrashRequest request{id, std::move(ids), before};
    return wait_for<Emptied>([&](auto done) { drive->empty_trash(actor, std::move(request), std::move(done)); });
  }
  std::vector<TrashItem> trash() {
    auto items = drive->trash(actor, 0, 1000);
    REQUIRE(items);
    return *items;
  }
  std::uint64_t trash_id(std::string_view path) {
    for (const auto& item : trash()) {
      if (item.path == path) return item.id;
    }
    FAIL("not in the trash: " << path);
    return 0;
  }
  // Numbers, newest first.
  std::vector<std::uint64_t> versions(std::string_view path) {
    auto found = drive->versions(actor, at(path), 0, 1000);
    REQUIRE(found);
    std::vector<std::uint64_t> numbers;
    for (const auto& version : *found) numbers.push_back(version.version);
    return numbers;
  }
  std::uint64_t put_version(std::string_view path, std::string_view text) {
    const auto put = this->put(path, text);
    REQUIRE(put);
    return put->version;
  }
  // Days in which the drive is served: the collector sees each of them.
  void live(int days) {
    for (int i = 0; i < days; ++i) {
      clock.advance(kDayNs);
      collect();
    }
  }
  CollectReport collect() {
    auto report = drive->collect();
    INFO((report ? std::string() : report.error().message));
    REQUIRE(report);
    return *report;
  }

  [[nodiscard]] std::unique_ptr<Database> catalog() const {
    auto database = Database::open(data("ndisk.db"), DatabaseMode::kExisting);
    REQUIRE(database);
    return std::move(*database);
  }
  // The first number of the first row; `sql` is a literal.
  static std::int64_t number(Database& database, const char* sql) {
    std::int64_t value = -1;
    {
      auto query = database.query(sql);
      if (query.step()) value = query.integer(0);
    }
    REQUIRE_FALSE(database.take_error());
    return value;
  }
  std::int64_t number(const char* sql) const { return number(*catalog(), sql); }

  // What is true of every catalog at every moment.
  void check_catalog() const {
    const auto database = catalog();
    for (const auto& [what, sql] : kCatalogFaults) {
      INFO(what);
      CHECK(number(*database, sql) == 0);
    }
  }
  // What is true when a collector's run has ended and nothing else goes on.
  void check_collected() const {
    check_catalog();
    CHECK(number("SELECT count(*) FROM nodes WHERE parent = 0") == 0);
    CHECK(number("SELECT count(*) FROM objects WHERE refs = 0") == 0);
    std::set<std::string> rows;
    {
      const auto database = catalog();
      auto query = database->query("SELECT lower(hex(sha256)) || '.' || id FROM objects");
      while (query.step()) rows.insert(query.bytes(0));
    }
    std::set<std::string> on_disk;
    for (const auto& file : object_files()) on_disk.insert(std::filesystem::path(file).filename());
    CHECK(rows == on_disk);
  }
};

}  // namespace ndisk::storage
