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
    CHECK(fs::exists(from + "/ndisk.db"));
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
    CHECK_THAT(opened.error().message, Catch::Contains("not the newest that was used there"));
    CHECK(read_file(data("tree/owner/newer")) == "2");
    CHECK(object_files().size() == 2);
  }
  // As they lie there, each with its name.
  [[nodiscard]] std::string catalog_bytes() const {
    std::string bytes;
    for (const auto* name : {"ndisk.db", "ndisk.db-wal"}) bytes += name + read_file(data(name));
    return bytes;
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

TEST_CASE("catalog epoch: one beside the log of a newer one is refused, and both are left as they are") {
  EpochFixture fixture;
  fixture.put_older();
  fixture.must_back_up();
  fixture.put_newer();
  fixture.crash();
  REQUIRE(fs::exists(fixture.data("ndisk.db-wal")));
  fs::copy_file(fixture.backed_up("ndisk.db"), fixture.data("ndisk.db"), fs::copy_options::overwrite_existing);
  const auto before = fixture.catalog_bytes();
  fixture.check_refused();
  CHECK(fixture.catalog_bytes() == before);
}

TEST_CASE("catalog epoch: the right one is taken once it is put back beside its log") {
  EpochFixture fixture;
  fixture.put_older();
  fixture.must_back_up();
  fixture.put_newer();
  fixture.crash();
  fs::rename(fixture.data("ndisk.db"), fixture.data("ndisk.db.right"));
  fs::copy_file(fixture.backed_up("ndisk.db"), fixture.data("ndisk.db"));
  fixture.check_refused();
  fs::rename(fixture.data("ndisk.db.right"), fixture.data("ndisk.db"));
  fixture.open();
  CHECK(fixture.content("newer") == "2");
}

TEST_CASE("catalog epoch: one that lost its log is refused") {
  EpochFixture fixture;
  SECTION("that was short") {}
  SECTION("that was moved into the database file in between") {
    fixture.options.catalog_log_pages = 1;
    fixture.reopen();
  }
  fixture.put_older();
  fixture.put_newer();
  fixture.crash();
  REQUIRE(fs::remove(fixture.data("ndisk.db-wal")));
  fixture.check_refused();
}

TEST_CASE("catalog epoch: one of another directory is refused, however often that was used") {
  EpochFixture fixture;
  fixture.put_older();
  fixture.must_back_up();
  for (int run = 0; run < 5; ++run) DriveFixture served(fixture.to.destination);
  fixture.must_back_up();
  fixture.put_newer();
  fixture.drive.reset();
  fixture.put_back(fixture.to.destination);
  fixture.check_refused();
}

TEST_CASE("catalog epoch: of two copies of a drive that are both used neither takes the other's") {
  EpochFixture fixture;
  fixture.put_older();
  fixture.drive.reset();
  const auto twin = fixture.folder.path() + "/twin";
  fs::copy(fixture.options.data_directory, twin, fs::copy_options::recursive);
  for (int run = 0; run < 3; ++run) DriveFixture used(twin);
  fixture.open();
  fixture.put_newer();
  fixture.drive.reset();
  fixture.put_back(twin);
  fixture.check_refused();
}

TEST_CASE("catalog epoch: a backup that is copied over a drive that went on is refused") {
  EpochFixture fixture;
  fixture.put_older();
  fixture.to.copy = true;
  fixture.must_back_up();
  { DriveFixture served(fixture.to.destination); }
  fixture.put_newer();
  fixture.drive.reset();
  fs::copy(fixture.to.destination, fixture.options.data_directory,
           fs::copy_options::recursive | fs::copy_options::overwrite_existing);
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

TEST_CASE("catalog epoch: what a crash leaves at any moment of a start, of a collection and of an end is opened") {
  EpochFixture fixture;
  fixture.put_older();
  int moments = 0;
  const auto try_each = [&](const std::function<void()>& act) {
    for (const auto call : {Call::kRename, Call::kSync}) {
      for (int nth = 1; nth <= 8; ++nth) {
        const auto copy = fixture.folder.path() + "/moment-" + std::to_string(++moments);
        fixture.files.before_call(call, nth, [&] { copy_as_after_crash(fixture.options.data_directory, copy); });
        act();
        fixture.files.heal();
        if (!fs::exists(copy)) break;
        DriveFixture crashed(copy);
        CHECK(crashed.content("older") == "1");
      }
    }
  };
  try_each([&] { fixture.reopen(); });
  try_each([&] {
    REQUIRE(fixture.make_folder("f" + std::to_string(moments)));
    REQUIRE(fixture.drive->collect());
  });
  CHECK(moments > 10);
}

TEST_CASE("catalog epoch: a disk that can't note it keeps no server from serving, and is made good later") {
  EpochFixture fixture;
  fixture.put_older();
  const auto before = fixture.notes();
  fixture.files.fail_call(Call::kRename, EIO, 1, 1'000);
  fixture.reopen();
  CHECK(fixture.notes() == before);
  fixture.crash();
  fixture.files.heal();
  fixture.reopen();
  CHECK(fixture.content("older") == "1");
  CHECK(fixture.notes() != before);
  CHECK(fixture.notes().size() == 1);
}

TEST_CASE("catalog epoch: a note that somebody removed while the drive was open is made anew") {
  EpochFixture fixture;
  fs::remove(fixture.data(fixture.notes().front()));
  fixture.put_older();
  REQUIRE(fixture.drive->collect());
  CHECK(fixture.notes().size() == 1);
}

TEST_CASE("catalog epoch: a note that was left in an emptied directory is no obstacle") {
  EpochFixture fixture;
  fixture.drive.reset();
  for (const auto& entry : fs::directory_iterator(fixture.options.data_directory)) {
    if (!entry.path().filename().string().starts_with("catalog-epoch.")) fs::remove_all(entry.path());
  }
  fixture.open();
  fixture.put_older();
  fixture.reopen();
  CHECK(fixture.content("older") == "1");
}

TEST_CASE("catalog epoch: a collection begins another if anything changed, and lets a disk sleep if nothing did") {
  EpochFixture fixture;
  fixture.put_older();
  REQUIRE(fixture.drive->collect());
  auto before = fixture.notes();
  REQUIRE(fixture.drive->collect());
  CHECK(fixture.notes() == before);
  REQUIRE(fixture.make_folder("folder"));
  REQUIRE(fixture.drive->collect());
  CHECK(fixture.notes() != before);
}

}  // namespace ndisk::storage
