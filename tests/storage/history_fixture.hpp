// A drive with calls for its history, and a look at whether the catalog and the disk agree with themselves.
#pragma once

#include <set>

#include "storage/sqlite.hpp"
#include "tests/storage/drive_fixture.hpp"

namespace ndisk::storage {

inline constexpr TimeNs kDayNs = 24 * 3600 * kSecondNs;

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
    for (const auto& [what, sql] : kFaults) {
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

 private:
  struct Fault {
    const char* what;
    const char* sql;  // counts what is wrong
  };
  static constexpr Fault kFaults[] = {
      {"an object's references are the versions that refer to it",
       "SELECT count(*) FROM objects WHERE refs <> (SELECT count(*) FROM versions WHERE object = objects.id)"},
      {"every version has an object", "SELECT count(*) FROM versions WHERE object NOT IN (SELECT id FROM objects)"},
      {"every version has a node", "SELECT count(*) FROM versions WHERE node NOT IN (SELECT id FROM nodes)"},
      {"every file has its current version, the newest of its versions, unless it is doomed",
       "WITH RECURSIVE kept (id) AS (SELECT root FROM users UNION ALL SELECT trash FROM users UNION ALL "
       "SELECT nodes.id FROM nodes JOIN kept ON nodes.parent = kept.id) "
       "SELECT count(*) FROM nodes WHERE kind <> 2 AND id IN kept AND NOT EXISTS "
       "(SELECT 1 FROM versions WHERE versions.id = nodes.version AND node = nodes.id AND versions.id = "
       "(SELECT max(id) FROM versions WHERE node = nodes.id))"},
      {"every node stands somewhere",
       "SELECT count(*) FROM nodes WHERE parent <> 0 AND parent NOT IN (SELECT id FROM nodes) AND parent NOT IN "
       "(SELECT root FROM users UNION SELECT trash FROM users)"},
      {"every item of the trash has a node there",
       "SELECT count(*) FROM trash JOIN users ON users.id = trash.user WHERE NOT EXISTS "
       "(SELECT 1 FROM nodes WHERE nodes.id = trash.node AND parent = users.trash)"},
      {"every node there is an item",
       "SELECT count(*) FROM nodes WHERE parent IN (SELECT trash FROM users) AND id NOT IN (SELECT node FROM trash)"},
      {"a user's space is the sizes of the objects added",
       "SELECT count(*) FROM users WHERE stored <> (SELECT ifnull(sum(size), 0) FROM objects WHERE user = users.id)"},
      {"a user's files are those of the root folder",
       "SELECT count(*) FROM users JOIN folders ON folders.id = root "
       "WHERE users.files <> folders.files OR users.bytes <> folders.bytes"},
      {"totals are those of what is below",
       "WITH RECURSIVE below (folder, files, folders, bytes) AS ("
       "SELECT parent, kind <> 2, kind = 2, iif(kind = 2, 0, size) FROM nodes WHERE parent <> 0 UNION ALL "
       "SELECT nodes.parent, below.files, below.folders, below.bytes FROM below JOIN nodes ON nodes.id = "
       "below.folder), "
       "added (folder, files, folders, bytes) AS "
       "(SELECT folder, sum(files), sum(folders), sum(bytes) FROM below GROUP BY folder), "
       "kept (id) AS (SELECT root FROM users UNION ALL SELECT trash FROM users UNION ALL "
       "SELECT nodes.id FROM nodes JOIN kept ON nodes.parent = kept.id) "
       "SELECT count(*) FROM folders LEFT JOIN added ON added.folder = folders.id WHERE folders.id IN kept AND "
       "(folders.files <> ifnull(added.files, 0) OR folders.folders <> ifnull(added.folders, 0) OR "
       "folders.bytes <> ifnull(added.bytes, 0))"},
      {"every folder has totals",
       "SELECT count(*) FROM nodes WHERE kind = 2 AND id NOT IN (SELECT id FROM folders) "
       "AND id NOT IN (SELECT trash FROM users)"},
      {"only folders have totals",
       "SELECT count(*) FROM folders WHERE id NOT IN (SELECT id FROM nodes WHERE kind = 2) "
       "AND id NOT IN (SELECT root FROM users)"},
      {"only files that are there wait for pruning",
       "SELECT count(*) FROM replaced WHERE node NOT IN (SELECT id FROM nodes)"},
  };
};

}  // namespace ndisk::storage
