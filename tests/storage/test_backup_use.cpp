// A backup that was served: whether it was used as a drive of its own, and what a refused backup leaves of it.
#include "storage/sqlite.hpp"
#include "tests/storage/backup_fixture.hpp"
#include "tests/storage/crash_copy.hpp"

namespace ndisk::storage {
namespace {

namespace fs = std::filesystem;

constexpr TimeNs kYearNs = 365 * kDayNs;

// The sum that older versions noted in `backup`.
constexpr char kOldMark[] =
    "UPDATE counters SET value = (SELECT ifnull(sum(change), 0) FROM users) + (SELECT count(*) FROM users) + "
    "(SELECT count(*) FROM devices) + (SELECT count(*) FROM devices WHERE revoked IS NOT NULL) + "
    "(SELECT count(*) FROM invites) + (SELECT ifnull(sum(seq), 0) FROM sqlite_sequence WHERE name IN ('versions', "
    "'trash')) WHERE name = 'backup'";

class UsedFixture : public BackupFixture {
 public:
  UsedFixture() {
    to.copy = true;
    REQUIRE(put("one", "1"));
    REQUIRE(drive->accounts().create_user("bob", std::nullopt));
    REQUIRE(drive->accounts().create_invite("bob"));
  }
  void check_refused() {
    const auto refused = back_up();
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == ErrorCode::kConflict);
    CHECK_THAT(refused.error().message, Catch::Contains("was then used as a drive of its own"));
  }
  void edit_backup(const char* sql) {
    auto database = Database::open(backed_up("ndisk.db"), DatabaseMode::kExisting);
    REQUIRE(database);
    (*database)->run_script(sql);
    REQUIRE_FALSE((*database)->take_error());
  }
};

void damage(DriveFixture& drive, std::string_view path) {
  for (const auto& file : drive.object_files()) overwrite(file, "damaged");
  REQUIRE(drive.content(path) == "error integrity");
}

}  // namespace

TEST_CASE("backup: whatever was done with one that was served keeps it from being overwritten") {
  UsedFixture fixture;
  fixture.must_back_up();
  {
    DriveFixture used(fixture.to.destination);
    auto& accounts = used.drive->accounts();
    SECTION("a user's removal, that counts down as much as the next put counts up") {
      REQUIRE(accounts.remove_user("bob", false));
      REQUIRE(used.drive->collect());
      REQUIRE(used.put("important", "2"));
    }
    SECTION("a user's removal") {
      REQUIRE(accounts.remove_user("bob", false));
      REQUIRE(used.drive->collect());
    }
    SECTION("a receipt for a file that is unchanged") {
      auto file = used.small("one", to_bytes("1"));
      file.receipt = true;
      const auto put = used.put(std::move(file));
      REQUIRE(put);
      CHECK(put->unchanged);
    }
    SECTION("a put that only heals") {
      damage(used, "one");
      REQUIRE(used.put("one", "1"));
      CHECK(used.content("one") == "1");
    }
    SECTION("a quota") { REQUIRE(accounts.set_quota("bob", 1'000)); }
    SECTION("an invite") { REQUIRE(accounts.create_invite("owner")); }
    SECTION("a part of an upload") {
      used.options.checkpoint_bytes = 1 << 20;
      used.reopen();
      const auto content = pattern(3 << 20);
      auto writer = used.writer(used.large("big", content.size()));
      REQUIRE(writer->append(0, ByteView(content).first(2 << 20)));
    }
    SECTION("a put after it was closed unchanged, and opened again") {
      used.reopen();
      REQUIRE(used.put("mine", "2"));
    }
  }
  fixture.check_refused();
  DriveFixture again(fixture.to.destination);
  again.drive.reset();
  fixture.check_refused();
}

TEST_CASE("backup: one that was served, and only kept in order, is taken for a backup") {
  UsedFixture fixture;
  REQUIRE(fixture.put("one", "1 and more"));
  REQUIRE(fixture.put("gone", "3"));
  REQUIRE(fixture.remove("gone"));
  SECTION("a removed user waits for the collector") { REQUIRE(fixture.drive->accounts().remove_user("bob", false)); }
  SECTION("nobody waits for it") {}
  fixture.must_back_up();
  {
    DriveFixture served(fixture.to.destination);
    served.clock.advance(10 * kYearNs);
    served.options.retention.versions = 1;
    served.options.retention.version_age = 0;
    served.reopen();
    REQUIRE(served.drive->collect());
    REQUIRE(served.drive->flush_tree());
    CHECK(served.names() == std::vector<std::string>{"one"});
    damage(served, "one");
    served.reopen();
    REQUIRE(served.drive->collect());
  }
  fixture.must_back_up();
  CHECK(fixture.restored() == std::vector<std::string>{"one=1 and more"});
}

TEST_CASE("backup: the mark of an older version is compared with what the backup holds") {
  UsedFixture fixture;
  fixture.must_back_up();
  fixture.edit_backup(kOldMark);
  { const DriveFixture served(fixture.to.destination); }
  SECTION("it agrees") {
    fixture.must_back_up();
    fixture.must_back_up();
  }
  SECTION("it does not: the older version changed it") {
    fixture.edit_backup("UPDATE users SET change = change + 1 WHERE name = 'owner'");
    fixture.check_refused();
  }
  SECTION("it was changed by this version") {
    {
      const DriveFixture used(fixture.to.destination);
      REQUIRE(used.drive->accounts().set_quota("bob", 1'000));
    }
    fixture.check_refused();
  }
}

TEST_CASE("backup: a drive that a backup became is backed up like any other") {
  UsedFixture fixture;
  fixture.must_back_up();
  DriveFixture restored(fixture.to.destination);
  REQUIRE(restored.put("mine", "2"));
  fixture.to.data_directory = fixture.to.destination;
  fixture.to.destination += "-of-it";
  fixture.must_back_up();
  { const DriveFixture served(fixture.to.destination); }
  fixture.must_back_up();
  CHECK(fixture.restored() == std::vector<std::string>{"mine=2", "one=1"});
}

TEST_CASE("backup: one with another catalog beside its log is refused, and both are left as they are") {
  BackupFixture fixture;
  REQUIRE(fixture.put("one", "1"));
  fixture.must_back_up();
  const auto first = std::exchange(fixture.to.destination, fixture.folder.path() + "/other");
  fixture.must_back_up();
  const auto other = std::exchange(fixture.to.destination, first);
  {
    DriveFixture used(fixture.to.destination);
    REQUIRE(used.put("mine", "2"));
    const auto crashed = fixture.folder.path() + "/crashed";
    copy_as_after_crash(fixture.to.destination, crashed);
    fixture.to.destination = crashed;
  }
  REQUIRE(fs::file_size(fixture.backed_up("ndisk.db-wal")) > 0);
  fs::rename(fixture.backed_up("ndisk.db"), fixture.backed_up("ndisk.db.right"));
  fs::copy_file(other + "/ndisk.db", fixture.backed_up("ndisk.db"));
  const auto catalog = DriveFixture::read_file(fixture.backed_up("ndisk.db"));
  const auto log = DriveFixture::read_file(fixture.backed_up("ndisk.db-wal"));
  const auto refused = fixture.back_up();
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == ErrorCode::kIntegrity);
  CHECK_THAT(refused.error().message, Catch::Contains("not the newest that was used there"));
  CHECK(DriveFixture::read_file(fixture.backed_up("ndisk.db")) == catalog);
  CHECK(DriveFixture::read_file(fixture.backed_up("ndisk.db-wal")) == log);
  fs::rename(fixture.backed_up("ndisk.db.right"), fixture.backed_up("ndisk.db"));
  CHECK_FALSE(fixture.back_up());
  DriveFixture used(fixture.to.destination);
  CHECK(used.content("mine") == "2");
}

TEST_CASE("backup: one that was served unchanged, and crashed, is taken for a backup") {
  BackupFixture fixture;
  REQUIRE(fixture.put("one", "1"));
  fixture.must_back_up();
  const auto crashed = fixture.folder.path() + "/crashed";
  {
    const DriveFixture served(fixture.to.destination);
    copy_as_after_crash(fixture.to.destination, crashed);
  }
  fixture.to.destination = crashed;
  REQUIRE(fs::file_size(fixture.backed_up("ndisk.db-wal")) > 0);
  fixture.must_back_up();
  CHECK(fixture.restored() == std::vector<std::string>{"one=1"});
}

TEST_CASE("backup: a check of it goes on with none of the drive's, which read other files") {
  const auto purpose = GENERATE(CheckPurpose::kFsck, CheckPurpose::kScrub);
  BackupFixture fixture;
  for (const auto* name : {"one", "two", "three"}) REQUIRE(fixture.put(name, name));
  const CheckRequest request{.read_data = true, .purpose = purpose};
  std::vector<Finding> found;
  {
    const auto interrupted = fixture.drive->check(request);
    REQUIRE(interrupted);
    while ((*interrupted)->report().bytes < 8) REQUIRE((*interrupted)->step(found));
  }
  fixture.must_back_up();
  DriveFixture served(fixture.to.destination);
  const auto status = served.drive->status();
  REQUIRE(status);
  CHECK_FALSE(status->scrub_started);
  CHECK(status->scrub_read_bytes == 0);
  const auto check = served.drive->check(request);
  REQUIRE(check);
  for (bool more = true; more;) {
    const auto stepped = (*check)->step(found);
    REQUIRE(stepped);
    more = *stepped;
  }
  CHECK((*check)->report().skipped_bytes == 0);
  CHECK((*check)->report().bytes == 11);
}

TEST_CASE("backup: nothing says of it that all of it was read, though the drive's scrub has ended") {
  BackupFixture fixture;
  REQUIRE(fixture.put("one", "1"));
  {
    const auto scrub = fixture.drive->check({.read_data = true, .purpose = CheckPurpose::kScrub});
    REQUIRE(scrub);
    std::vector<Finding> found;
    for (bool more = true; more;) {
      const auto stepped = (*scrub)->step(found);
      REQUIRE(stepped);
      more = *stepped;
    }
  }
  REQUIRE(fixture.drive->status()->scrub_ended);
  fixture.must_back_up();
  DriveFixture served(fixture.to.destination);
  CHECK_FALSE(served.drive->status()->scrub_ended);
}

}  // namespace ndisk::storage
