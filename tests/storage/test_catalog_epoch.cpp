// An older catalog, alone in a directory that was used since, would have everything newer removed.
#include "storage/rebuild.hpp"
#include "tests/storage/backup_fixture.hpp"
#include "tests/storage/crash_copy.hpp"

namespace ndisk::storage {
namespace {

namespace fs = std::filesystem;

constexpr const char* kCatalogFiles[] = {"ndisk.db", "ndisk.db-wal", "ndisk.db-shm"};

// A drive with an older and a newer file, and older catalogs for it.
class EpochFixture : public BackupFixture {
 public:
  // The older file, before the catalog is kept that is put back later.
  void put_older() { REQUIRE(put("older", "1")); }
  void put_newer() {
    REQUIRE(put("newer", "2"));
    REQUIRE(drive->flush_tree());
  }
  void keep_catalog() {
    fs::create_directories(kept());
    for (const auto* name : kCatalogFiles) {
      if (fs::exists(data(name))) fs::copy_file(data(name), kept() + "/" + name);
    }
  }
  // From here on the drive lies where a crash left it.
  void crash() {
    const auto copy = folder.path() + "/after-crash";
    copy_as_after_crash(options.data_directory, copy);
    options.data_directory = copy;
  }
  void put_back(const std::string& from) {
    for (const auto* name : kCatalogFiles) {
      fs::remove(data(name));
      if (fs::exists(from + "/" + name)) fs::copy_file(from + "/" + name, data(name));
    }
  }
  Result<void> try_to_open() {
    auto opened = Drive::open(options, files, clock);
    if (!opened) return std::unexpected(opened.error());
    return {};
  }
  void check_refused() {
    const auto opened = try_to_open();
    REQUIRE_FALSE(opened);
    CHECK(opened.error().code == ErrorCode::kIntegrity);
    CHECK_THAT(opened.error().message, Catch::Contains("older than what is stored there"));
    CHECK(read_file(data("tree/owner/newer")) == "2");
    CHECK(object_files().size() == 2);
  }
  [[nodiscard]] std::string kept() const { return folder.path() + "/kept"; }
  [[nodiscard]] std::vector<std::string> notes() const {
    std::vector<std::string> found;
    for (const auto& entry : fs::directory_iterator(options.data_directory)) {
      const auto name = entry.path().filename().string();
      if (name.starts_with("catalog-epoch.")) found.push_back(name);
    }
    return found;
  }
};

}  // namespace

TEST_CASE("catalog epoch: one of a backup is refused where something was stored since") {
  EpochFixture fixture;
  fixture.put_older();
  fixture.must_back_up();
  fixture.put_newer();
  SECTION("after a crash of the same run") { fixture.crash(); }
  SECTION("after an orderly end") { fixture.drive.reset(); }
  fixture.put_back(fixture.to.destination);
  fixture.check_refused();
}

TEST_CASE("catalog epoch: one that was copied by other means is refused where something was stored since") {
  EpochFixture fixture;
  fixture.put_older();
  SECTION("between two runs") {
    fixture.drive.reset();
    fixture.keep_catalog();
    fixture.open();
    fixture.put_newer();
    fixture.crash();
  }
  SECTION("in a run that ended in order") {
    fixture.keep_catalog();
    fixture.put_newer();
    fixture.drive.reset();
  }
  SECTION("in a run that collected since") {
    fixture.keep_catalog();
    fixture.put_newer();
    REQUIRE(fixture.drive->collect());
    fixture.crash();
  }
  fixture.put_back(fixture.kept());
  fixture.check_refused();
}

TEST_CASE("catalog epoch: one that lost its log is refused") {
  EpochFixture fixture;
  fixture.put_older();
  fixture.drive.reset();
  fixture.open();
  fixture.put_newer();
  fixture.crash();
  REQUIRE(fs::remove(fixture.data("ndisk.db-wal")));
  fixture.check_refused();
}

TEST_CASE("catalog epoch: an offline check or collection of an older catalog is refused, too") {
  EpochFixture fixture;
  fixture.put_older();
  fixture.must_back_up();
  fixture.put_newer();
  fixture.drive.reset();
  fixture.put_back(fixture.to.destination);
  fixture.options.maintenance = true;
  fixture.check_refused();
}

TEST_CASE("catalog epoch: no backup of an older catalog takes the place of a newer one") {
  EpochFixture fixture;
  fixture.put_older();
  fixture.drive.reset();
  fixture.keep_catalog();
  fixture.open();
  fixture.put_newer();
  fixture.must_back_up();
  fixture.drive.reset();
  fixture.put_back(fixture.kept());
  const auto again = fixture.back_up();
  REQUIRE_FALSE(again);
  CHECK(again.error().code == ErrorCode::kIntegrity);
  CHECK(fixture.restored() == std::vector<std::string>{"newer=2", "older=1"});
}

TEST_CASE("catalog epoch: a rebuild instead of an older catalog brings the current files back") {
  EpochFixture fixture;
  fixture.put_older();
  fixture.must_back_up();
  fixture.put_newer();
  fixture.drive.reset();
  fixture.put_back(fixture.to.destination);
  fixture.check_refused();
  RebuildOptions rebuilding;
  rebuilding.data_directory = fixture.options.data_directory;
  rebuilding.force = true;
  REQUIRE(rebuild(rebuilding, fixture.files, fixture.clock));
  fixture.open();
  REQUIRE(fixture.drive->collect());
  CHECK(fixture.content("newer") == "2");
  CHECK(fixture.content("older") == "1");
}

TEST_CASE("catalog epoch: who removes the note goes back to the older state") {
  EpochFixture fixture;
  fixture.put_older();
  fixture.must_back_up();
  fixture.put_newer();
  fixture.drive.reset();
  fixture.put_back(fixture.to.destination);
  REQUIRE(fixture.notes().size() == 1);
  const auto refused = fixture.try_to_open();
  REQUIRE_FALSE(refused);
  CHECK_THAT(refused.error().message, Catch::Contains(fixture.data(fixture.notes().front())));
  fs::remove(fixture.data(fixture.notes().front()));
  fixture.open();
  CHECK(fixture.names() == std::vector<std::string>{"older"});
  REQUIRE(fixture.drive->flush_tree());
  CHECK_FALSE(fs::exists(fixture.data("tree/owner/newer")));
}

TEST_CASE("catalog epoch: a backup that was served, and not changed, takes the next backup and is served again") {
  EpochFixture fixture;
  fixture.put_older();
  fixture.must_back_up();
  for (int run = 0; run < 3; ++run) {
    DriveFixture served(fixture.to.destination);
    CHECK(served.content("older") == "1");
  }
  fixture.put_newer();
  fixture.must_back_up();
  DriveFixture served(fixture.to.destination);
  CHECK(served.content("newer") == "2");
}

TEST_CASE("catalog epoch: a catalog that is ahead of the note, as a crash between both leaves it, is opened") {
  EpochFixture fixture;
  fixture.put_older();
  fixture.drive.reset();
  // The note, which comes after the transaction.
  fixture.files.fail_call(Call::kRename, EIO, 1);
  CHECK_FALSE(fixture.try_to_open());
  fixture.files.heal();
  fixture.open();
  CHECK(fixture.content("older") == "1");
}

TEST_CASE("catalog epoch: a drive in which nothing is stored goes on in the one that it is in") {
  EpochFixture fixture;
  fixture.put_older();
  const auto before = fixture.notes();
  REQUIRE(fixture.drive->collect());
  const auto stored = fixture.notes();
  CHECK(stored != before);
  REQUIRE(fixture.drive->collect());
  CHECK(fixture.notes() == stored);
}

}  // namespace ndisk::storage
