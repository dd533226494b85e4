#include "storage/schema.hpp"
#include "tests/storage/namespace_fixture.hpp"

namespace ndisk::storage {
namespace {

// A catalog as the first format had it, in a data directory without anything else.
class OldCatalog {
 public:
  explicit OldCatalog(const std::string& folder) {
    std::filesystem::create_directory(folder);
    auto opened = Database::open(folder + "/ndisk.db", DatabaseMode::kCreate);
    REQUIRE(opened);
    database_ = std::move(*opened);
    REQUIRE(migrate(*database_, 1));
    database_->run(
        "INSERT INTO users (id, name, root, trash, files, bytes, created) VALUES (1, 'owner', 1, 2, 4, 45, 5)");
    database_->run("INSERT INTO users (id, name, root, trash, files, bytes, created) VALUES (2, 'ann', 3, 4, 0, 0, 5)");
    database_->run("INSERT INTO devices (id, user, name, created) VALUES (zeroblob(16), 1, 'local', 5)");
    database_->run("UPDATE counters SET value = 100 WHERE name IN ('node', 'object')");
  }
  ~OldCatalog() {
    const auto error = database_->take_error();
    INFO((error ? error->message : ""));
    CHECK_FALSE(error);
  }

  void folder(std::int64_t parent, std::string_view name, std::int64_t id) {
    database_->run(
        "INSERT INTO nodes (parent, name, id, kind, size, mtime, mode, version) VALUES (?, ?, ?, 2, 0, 7, 493, 0)",
        parent, as_bytes(name), id);
  }
  void file(std::int64_t parent, std::string_view name, std::int64_t id, std::uint64_t size, int versions = 1) {
    database_->run(
        "INSERT INTO objects (id, user, sha256, size, disk_mtime, refs, state) VALUES (?, 1, zeroblob(32), ?, 0, ?, 0)",
        id, size, std::int64_t{versions});
    for (int i = 0; i < versions; ++i) {
      database_->run(
          "INSERT INTO versions (node, object, size, mtime, mode, created, device, change) "
          "VALUES (?, ?, ?, 7, 420, 8, zeroblob(16), 1)",
          id, id, size);
    }
    database_->run(
        "INSERT INTO nodes (parent, name, id, kind, size, mtime, mode, version, sha256) "
        "VALUES (?, ?, ?, 1, ?, 7, 420, ?, zeroblob(32))",
        parent, as_bytes(name), id, size, database_->last_insert_id());
  }
  void trash(std::int64_t node, std::string_view path) {
    database_->run(
        "INSERT INTO trash (user, node, path, removed, device, files, bytes) VALUES (1, ?, ?, 9, zeroblob(16), 0, 0)",
        node, as_bytes(path));
  }

 private:
  std::unique_ptr<Database> database_;
};

// a/b/{x: 10, y: 20}, a/z: 5, a/empty/, top: 10 with two earlier versions; a folder with a file and a file in the
// trash.
void fill(OldCatalog& catalog) {
  catalog.folder(1, "a", 10);
  catalog.folder(10, "b", 11);
  catalog.folder(10, "empty", 12);
  catalog.file(11, "x", 20, 10);
  catalog.file(11, "y", 21, 20);
  catalog.file(10, "z", 22, 5);
  catalog.file(1, "top", 23, 10, 3);
  catalog.folder(2, "30", 30);
  catalog.file(30, "in", 31, 40);
  catalog.file(2, "32", 32, 1);
  catalog.trash(30, "gone");
  catalog.trash(32, "file");
}

std::int64_t number(Database& database, const char* sql) {
  auto query = database.query(sql);
  return query.step() ? query.integer(0) : -1;
}

}  // namespace

TEST_CASE("migration: folders of the first format get their totals, those in the trash too") {
  NamespaceFixture fixture;
  fixture.drive.reset();
  fixture.options.data_directory = fixture.folder.path() + "/old";
  {
    OldCatalog catalog(fixture.options.data_directory);
    fill(catalog);
  }
  fixture.open();
  CHECK(fixture.totals("") == Totals{4, 3, 45});
  CHECK(fixture.totals("a") == Totals{3, 2, 35});
  CHECK(fixture.totals("a/b") == Totals{2, 0, 30});
  CHECK(fixture.totals("a/empty") == Totals{});
  check_totals(fixture);
}

TEST_CASE("migration: folders keep what they had, and every file its versions") {
  NamespaceFixture fixture;
  fixture.drive.reset();
  fixture.options.data_directory = fixture.folder.path() + "/old";
  {
    OldCatalog catalog(fixture.options.data_directory);
    fill(catalog);
  }
  fixture.open();
  CHECK(fixture.stat("a").entry.attributes == Attributes{7, 0755});
  CHECK(fixture.stat("top").versions == 3);
  CHECK(fixture.stat("top").entry.kind == Kind::kFile);
  const auto items = fixture.drive->trash(fixture.actor, 0, 10);
  REQUIRE(items);
  REQUIRE(items->size() == 2);
  CHECK((*items)[0].kind == Kind::kFile);
  CHECK((*items)[1].kind == Kind::kFolder);
}

TEST_CASE("migration: what was migrated can be changed like the rest") {
  NamespaceFixture fixture;
  fixture.drive.reset();
  fixture.options.data_directory = fixture.folder.path() + "/old";
  {
    OldCatalog catalog(fixture.options.data_directory);
    fill(catalog);
  }
  fixture.open();
  REQUIRE(fixture.move("a/b", ""));
  REQUIRE(fixture.remove("a", true));
  REQUIRE(fixture.copy("b", "c", true));
  CHECK(fixture.totals("") == Totals{5, 2, 70});
  check_totals(fixture);
}

TEST_CASE("migration: an empty drive of the first format is an empty drive") {
  NamespaceFixture fixture;
  fixture.drive.reset();
  fixture.options.data_directory = fixture.folder.path() + "/old";
  { const OldCatalog catalog(fixture.options.data_directory); }
  fixture.open();
  CHECK(fixture.totals("") == Totals{});
  check_totals(fixture);
}

TEST_CASE("migration: one that fails leaves the format that was there, however many steps were done by then") {
  const TemporaryFolder folder;
  const auto data = folder.path() + "/old";
  {
    OldCatalog catalog(data);
    fill(catalog);
  }
  auto database = Database::open(data + "/ndisk.db", DatabaseMode::kExisting);
  REQUIRE(database);
  // The third format makes an index of that name.
  (*database)->run_script("CREATE INDEX objects_damaged ON objects (id)");
  const auto migrated = migrate(**database);
  REQUIRE_FALSE(migrated);
  CHECK(migrated.error().message.starts_with("migration 3: "));
  CHECK(number(**database, "PRAGMA user_version") == 1);
  CHECK(number(**database, "SELECT count(*) FROM sqlite_master WHERE name = 'folders'") == 0);
  (*database)->run_script("DROP INDEX objects_damaged");
  REQUIRE(migrate(**database));
  CHECK(number(**database, "PRAGMA user_version") == kSchemaVersion);
}

}  // namespace ndisk::storage
