// Numbers of versions and changes: clients note them, so none may ever mean something else.
#include "storage/sqlite.hpp"
#include "tests/storage/rebuild_fixture.hpp"

namespace ndisk::storage {
namespace {

namespace fs = std::filesystem;

constexpr TimeNs kClockAtStart = 1'700'000'000 * kSecondNs;

class NumbersFixture : public RebuildFixture {
 public:
  NumbersFixture() { force = true; }

  struct Numbers {
    std::uint64_t version = 0;
    std::uint64_t change = 0;
  };
  Numbers numbers(std::string_view path) {
    const auto status = drive->stat(actor, at(path));
    REQUIRE(status);
    return {status->entry.version, status->change};
  }
  // The server ends, and leaves its catalog.
  void stop() {
    REQUIRE(drive->flush_tree());
    drive.reset();
  }
  void rebuild_and_open() {
    must_rebuild();
    open();
  }
  // Without a word of it in the database file: as a crash leaves it.
  void stop_with_log() {
    REQUIRE(drive->flush_tree());
    const auto kept = folder.path() + "/kept";
    fs::create_directory(kept);
    for (const char* name : {"ndisk.db", "ndisk.db-wal"}) fs::copy_file(data(name), kept + "/" + name);
    drive.reset();
    for (const char* name : {"ndisk.db", "ndisk.db-wal"}) {
      fs::copy_file(kept + "/" + name, data(name), fs::copy_options::overwrite_existing);
    }
  }
  void set_in_catalog(const char* statement, std::uint64_t number) {
    auto database = Database::open(data("ndisk.db"), DatabaseMode::kExisting);
    REQUIRE(database);
    (*database)->run(statement, number);
    REQUIRE_FALSE((*database)->take_error());
  }
};

void check_above(const NumbersFixture::Numbers& later, const NumbersFixture::Numbers& earlier) {
  CHECK(later.version > earlier.version);
  CHECK(later.change > earlier.change);
}

}  // namespace

TEST_CASE("rebuild: a second one at the same moment gives no number that the first gave") {
  NumbersFixture fixture;
  for (const char* path : {"a", "b", "last"}) REQUIRE(fixture.put(path, path));
  fixture.lose_catalog();
  fixture.rebuild_and_open();
  REQUIRE(fixture.put("new", "new"));
  const auto newest = fixture.numbers("new");
  fixture.stop();
  fixture.rebuild_and_open();
  for (const char* path : {"a", "b", "last", "new"}) check_above(fixture.numbers(path), newest);
}

TEST_CASE("rebuild: numbers that stand in the log of the old catalog alone are not given again") {
  NumbersFixture fixture;
  fixture.lose_catalog();
  fixture.rebuild_and_open();
  for (const char* path : {"a", "b"}) REQUIRE(fixture.put(path, path));
  const auto newest = fixture.numbers("b");
  fixture.stop_with_log();
  fixture.rebuild_and_open();
  check_above(fixture.numbers("a"), newest);
}

TEST_CASE("rebuild: numbers of a catalog that was put aside are not given again, though the clock is behind") {
  NumbersFixture fixture;
  REQUIRE(fixture.put("a", "a"));
  fixture.lose_catalog();
  fixture.rebuild_and_open();
  REQUIRE(fixture.put("b", "b"));
  const auto newest = fixture.numbers("b");
  fixture.stop();
  fs::rename(fixture.data("ndisk.db"), fixture.data("ndisk.db.damaged-1700000000~2"));
  fixture.clock.advance(-kClockAtStart);
  fixture.rebuild_and_open();
  check_above(fixture.numbers("a"), newest);
}

TEST_CASE("rebuild: a catalog that can't be read gives way to the clock, and stays as it was") {
  NumbersFixture fixture;
  REQUIRE(fixture.put("a", "a"));
  fixture.lose_catalog();
  const std::string old = fixture.data("ndisk.db.damaged-5");
  const std::string database = GENERATE("", "no catalog");
  const std::string log = GENERATE("", "no log");
  std::ofstream(old) << database;
  std::ofstream(old + "-wal") << log;
  fixture.rebuild_and_open();
  CHECK(fixture.numbers("a").version > kClockAtStart / 1'000);
  CHECK(DriveFixture::read_file(old) == database);
  REQUIRE(fs::exists(old + "-wal"));
  CHECK(DriveFixture::read_file(old + "-wal") == log);
}

TEST_CASE("rebuild: a number that only damage can have made so high is not counted from") {
  NumbersFixture fixture;
  REQUIRE(fixture.put("a", "a"));
  fixture.stop();
  const auto* statement = GENERATE("UPDATE sqlite_sequence SET seq = ? WHERE name = 'versions'",
                                   "UPDATE users SET change = ?", "UPDATE versions SET id = ?");
  const auto number = GENERATE(std::uint64_t{INT64_MAX}, std::uint64_t{1} << 53, ~std::uint64_t{0});
  fixture.set_in_catalog(statement, number);
  fixture.rebuild_and_open();
  REQUIRE(fixture.put("b", "b"));
  const auto newest = fixture.numbers("b");
  CHECK(newest.version < std::uint64_t{1} << 53);
  CHECK(newest.change < std::uint64_t{1} << 53);
}

TEST_CASE("rebuild: numbers are above those of a drive that was rebuilt by milliseconds") {
  NumbersFixture fixture;
  REQUIRE(fixture.put("a", "a"));
  fixture.lose_catalog();
  fixture.rebuild_and_open();
  CHECK(fixture.numbers("a").version > kClockAtStart / 1'000);
  CHECK(fixture.numbers("a").change > kClockAtStart / 1'000);
}

}  // namespace ndisk::storage
