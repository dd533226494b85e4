#include <sys/stat.h>

#include <cerrno>

#include "storage/schema.hpp"
#include "tests/storage/crash_copy.hpp"
#include "tests/storage/drive_fixture.hpp"

namespace ndisk::storage {
namespace {

unsigned mode_of(const std::string& path) {
  struct stat found {};
  REQUIRE(::stat(path.c_str(), &found) == 0);
  return found.st_mode & 07777;
}

// Changes the catalog from outside, while no drive has it open.
void change_catalog(const std::string& path, const char* sql) {
  auto database = Database::open(path, DatabaseMode::kExisting);
  REQUIRE(database);
  (*database)->run_script(sql);
  REQUIRE_FALSE((*database)->take_error());
}

}  // namespace

TEST_CASE("data directory: everything is private but the tree") {
  DriveFixture fixture;
  REQUIRE(fixture.put("a", "one"));
  REQUIRE(fixture.drive->flush_tree());
  CHECK(mode_of(fixture.options.data_directory) == 0711);
  CHECK(mode_of(fixture.data("ndisk.db")) == 0600);
  CHECK(mode_of(fixture.data("ndisk.db-wal")) == 0600);
  CHECK(mode_of(fixture.data("lock")) == 0600);
  CHECK(mode_of(fixture.data("objects")) == 0700);
  CHECK(mode_of(fixture.data("objects/ff")) == 0700);
  CHECK(mode_of(fixture.data("staging")) == 0700);
  CHECK(mode_of(fixture.data("tree")) == 0755);
  CHECK(mode_of(fixture.data("tree/owner")) == 0750);
  CHECK(mode_of(fixture.data("tree/owner/a")) == 0444);
}

TEST_CASE("data directory: one that another server has open is refused") {
  DriveFixture fixture;
  const auto second = Drive::open(fixture.options, fixture.files, fixture.clock);
  REQUIRE_FALSE(second);
  CHECK(second.error().code == ErrorCode::kConflict);
  CHECK(second.error().message.find("in use") != std::string::npos);
  fixture.drive->close();
  CHECK(Drive::open(fixture.options, fixture.files, fixture.clock));
}

TEST_CASE("data directory: is made with its parents") {
  DriveFixture fixture;
  auto options = fixture.options;
  options.data_directory = fixture.folder.path() + "/a/b/c";
  const auto opened = Drive::open(options, fixture.files, fixture.clock);
  INFO((opened ? std::string() : opened.error().message));
  REQUIRE(opened);
  CHECK(mode_of(options.data_directory) == 0711);
}

TEST_CASE("data directory: what an interrupted start may not have synced is synced by the next") {
  DriveFixture fixture;
  fixture.drive.reset();
  // Of DATA, and of objects/.
  for (int nth = 1; nth <= 2; ++nth) {
    fixture.files.fail_call(Call::kSync, EIO, nth);
    CHECK_FALSE(Drive::open(fixture.options, fixture.files, fixture.clock));
    fixture.files.heal();
  }
  fixture.open();
}

TEST_CASE("data directory: foreign files in it are left alone") {
  DriveFixture fixture;
  std::filesystem::create_directory(fixture.data("lost+found"));
  std::ofstream(fixture.data("staging/note")) << "mine";
  std::ofstream(fixture.data("objects/ab/note")) << "mine";
  fixture.reopen();
  REQUIRE(fixture.drive->collect());
  CHECK(std::filesystem::exists(fixture.data("lost+found")));
  CHECK(fixture.read_file(fixture.data("staging/note")) == "mine");
  CHECK(fixture.read_file(fixture.data("objects/ab/note")) == "mine");
}

TEST_CASE("catalog: one of a newer version is refused and not changed") {
  DriveFixture fixture;
  REQUIRE(fixture.put("a", "one"));
  fixture.drive.reset();
  change_catalog(fixture.data("ndisk.db"), "PRAGMA user_version = 1000");
  const auto before = fixture.read_file(fixture.data("ndisk.db"));
  const auto opened = Drive::open(fixture.options, fixture.files, fixture.clock);
  REQUIRE_FALSE(opened);
  CHECK(opened.error().code == ErrorCode::kUnsupportedVersion);
  CHECK(fixture.read_file(fixture.data("ndisk.db")) == before);
}

TEST_CASE("catalog: of one of a newer version not even the log is touched") {
  DriveFixture fixture;
  REQUIRE(fixture.put("a", "one"));
  REQUIRE(fixture.drive->flush_tree());
  {
    auto database = Database::open(fixture.data("ndisk.db"), DatabaseMode::kExisting);
    REQUIRE(database);
    (*database)->run_script("PRAGMA user_version = 1000");
    REQUIRE_FALSE((*database)->take_error());
  }
  auto options = fixture.options;
  options.data_directory = fixture.folder.path() + "/after-crash";
  copy_as_after_crash(fixture.options.data_directory, options.data_directory);
  const auto read = [&](const char* name) { return fixture.read_file(options.data_directory + name); };
  const auto database = read("/ndisk.db");
  const auto log = read("/ndisk.db-wal");
  CHECK_FALSE(log.empty());
  CHECK(Drive::open(options, fixture.files, fixture.clock).error().code == ErrorCode::kUnsupportedVersion);
  CHECK(read("/ndisk.db") == database);
  CHECK(read("/ndisk.db-wal") == log);
}

TEST_CASE("catalog: a foreign database is refused") {
  DriveFixture fixture;
  fixture.drive.reset();
  change_catalog(fixture.data("ndisk.db"), "PRAGMA application_id = 7");
  CHECK(Drive::open(fixture.options, fixture.files, fixture.clock).error().code == ErrorCode::kInvalid);
}

TEST_CASE("catalog: a damaged file is an error, not a new catalog") {
  DriveFixture fixture;
  fixture.drive.reset();
  std::ofstream(fixture.data("ndisk.db"), std::ios::trunc) << std::string(8192, 'x');
  CHECK(Drive::open(fixture.options, fixture.files, fixture.clock).error().code == ErrorCode::kIntegrity);
}

TEST_CASE("catalog: one that is missing beside objects is an error, not a first start, and nothing is changed") {
  DriveFixture fixture;
  REQUIRE(fixture.put("a", "one"));
  REQUIRE(fixture.drive->flush_tree());
  fixture.drive.reset();
  std::filesystem::remove(fixture.data("ndisk.db"));
  for (int start = 0; start < 2; ++start) {
    const auto opened = Drive::open(fixture.options, fixture.files, fixture.clock);
    REQUIRE_FALSE(opened);
    CHECK(opened.error().code == ErrorCode::kIntegrity);
    CHECK(opened.error().message.find("backup") != std::string::npos);
  }
  CHECK_FALSE(std::filesystem::exists(fixture.data("ndisk.db")));
  CHECK(fixture.object_files().size() == 1);
  CHECK(fixture.read_file(fixture.data("tree/owner/a")) == "one");
}

TEST_CASE("catalog: an empty one beside objects is an error too") {
  DriveFixture fixture;
  REQUIRE(fixture.put("a", "one"));
  fixture.drive.reset();
  std::ofstream(fixture.data("ndisk.db"), std::ios::trunc).flush();
  CHECK(Drive::open(fixture.options, fixture.files, fixture.clock).error().code == ErrorCode::kIntegrity);
  CHECK(std::filesystem::file_size(fixture.data("ndisk.db")) == 0);
  CHECK(fixture.object_files().size() == 1);
}

TEST_CASE("data directory: a first start that was interrupted anywhere is completed by the next") {
  const TemporaryFolder folder;
  FaultyFileLayer files;
  const HandClock clock;
  DriveOptions options;
  for (const auto call : {Call::kOpen, Call::kMakeFolder, Call::kSync, Call::kSetMode}) {
    bool failed = true;
    for (int nth = 1; failed && nth < 300; nth += nth < 12 ? 1 : 40) {
      options.data_directory = folder.path() + "/" + std::to_string(static_cast<int>(call)) + "-" + std::to_string(nth);
      files.fail_call(call, EIO, nth);
      failed = !Drive::open(options, files, clock);
      files.heal();
      const auto again = Drive::open(options, files, clock);
      INFO((again ? std::string() : again.error().message));
      CHECK(again);
    }
  }
}

TEST_CASE("migration: leads from an empty file to the newest schema, and is done once") {
  const TemporaryFolder folder;
  auto database = Database::open(folder.path() + "/test.db", DatabaseMode::kCreate);
  REQUIRE(database);
  REQUIRE(migrate(**database));
  REQUIRE(migrate(**database));
  {
    auto version = (*database)->query("PRAGMA user_version");
    REQUIRE(version.step());
    CHECK(version.integer(0) == kSchemaVersion);
  }
  auto tables = (*database)->query("SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = 'outbox'");
  REQUIRE(tables.step());
  CHECK(tables.integer(0) == 1);
}

TEST_CASE("close: later calls say that the server stops, and data stays") {
  DriveFixture fixture;
  REQUIRE(fixture.put("a", "one"));
  auto writer = fixture.writer(fixture.large("big", 1000));
  REQUIRE(writer->append(0, pattern(600)));
  fixture.drive->close();
  CHECK(fixture.put("b", "two").error().code == ErrorCode::kShuttingDown);
  CHECK(fixture.drive->list(fixture.actor, {}).error().code == ErrorCode::kShuttingDown);
  CHECK(writer->append(600, pattern(1)).error().code == ErrorCode::kShuttingDown);
  fixture.reopen();
  writer.reset();
  CHECK(fixture.content("a") == "one");
  CHECK(fixture.writer(fixture.large("big", 1000))->received() == 600);
}

}  // namespace ndisk::storage
