#include <sys/stat.h>

#include "storage/sqlite.hpp"
#include "tests/storage/backup_fixture.hpp"

namespace ndisk::storage {
namespace {

namespace fs = std::filesystem;

std::string refusal(const Result<BackUpReport>& result) {
  REQUIRE_FALSE(result);
  return std::string(error_name(result.error().code));
}

}  // namespace

TEST_CASE("backup: a place within the data directory is refused, also through a link") {
  BackupFixture fixture;
  fixture.to.destination = fixture.data("objects/backup");
  CHECK(refusal(fixture.back_up()) == "invalid");
  CHECK_FALSE(fs::exists(fixture.to.destination));
  fs::create_directory_symlink(fixture.data("staging"), fixture.folder.path() + "/link");
  fixture.to.destination = fixture.folder.path() + "/link";
  CHECK(refusal(fixture.back_up()) == "invalid");
  fixture.to.destination = fixture.options.data_directory;
  CHECK(refusal(fixture.back_up()) == "invalid");
  fixture.to.destination = fixture.folder.path();
  CHECK(refusal(fixture.back_up()) == "invalid");
}

TEST_CASE("backup: a parent that is not there is not made") {
  BackupFixture fixture;
  fixture.to.destination = fixture.folder.path() + "/not/mounted";
  CHECK(refusal(fixture.back_up()) == "not_found");
  CHECK_FALSE(fs::exists(fixture.folder.path() + "/not"));
}

TEST_CASE("backup: a folder with something else in it is refused and left alone") {
  BackupFixture fixture;
  fs::create_directory(fixture.to.destination);
  std::ofstream(fixture.backed_up("letters")) << "dear";
  CHECK(refusal(fixture.back_up()) == "conflict");
  CHECK(std::distance(fs::directory_iterator(fixture.to.destination), {}) == 1);
}

TEST_CASE("backup: the root of an empty disk is an empty folder") {
  BackupFixture fixture;
  fs::create_directories(fixture.backed_up("lost+found"));
  fixture.must_back_up();
}

TEST_CASE("backup: another drive, and another drive's backup, are refused") {
  BackupFixture fixture;
  BackupFixture other;
  fixture.must_back_up();
  other.to.destination = fixture.to.destination;
  CHECK(refusal(other.back_up()) == "conflict");
  other.to.destination = fixture.options.data_directory;
  CHECK(refusal(other.back_up()) == "conflict");
  fixture.drive.reset();
  CHECK(refusal(other.back_up()) == "conflict");
}

TEST_CASE("backup: one that was changed as a drive of its own is not overwritten") {
  BackupFixture fixture;
  REQUIRE(fixture.put("one", "1"));
  fixture.must_back_up();
  { const DriveFixture looked_at(fixture.to.destination); }
  fixture.must_back_up();
  {
    DriveFixture used(fixture.to.destination);
    REQUIRE(used.put("mine", "2"));
    CHECK(refusal(fixture.back_up()) == "conflict");
  }
  CHECK(refusal(fixture.back_up()) == "conflict");
  DriveFixture kept(fixture.to.destination);
  CHECK(kept.content("mine") == "2");
}

TEST_CASE("backup: no drive, no backup") {
  BackupFixture fixture;
  fixture.drive.reset();
  fixture.to.data_directory = fixture.folder.path();
  CHECK(refusal(fixture.back_up()) == "not_found");
  CHECK_FALSE(fs::exists(fixture.to.destination));
}

TEST_CASE("backup: damaged content is told, with whom it hits, and the rest is copied") {
  BackupFixture fixture;
  fixture.to.copy = true;
  REQUIRE(fixture.put("photos/one", "11"));
  const auto path = fixture.object_files().at(0);
  REQUIRE(fixture.put("two", "22"));
  const auto time = fs::last_write_time(path);
  overwrite(path, "xx");
  fs::last_write_time(path, time);
  const auto report = fixture.must_back_up();
  CHECK(report.damaged == 1);
  CHECK(report.copied == 1);
  REQUIRE(fixture.damaged.size() == 1);
  CHECK(fixture.damaged[0].user == "owner");
  CHECK(fixture.damaged[0].path == "photos/one");
  CHECK(fixture.damaged[0].version == 1);
  CHECK(fixture.damaged[0].versions == 1);
  CHECK(path.ends_with(fixture.damaged[0].object));
}

TEST_CASE("backup: content whose file the disk can't look at or open is told, and the rest is backed up") {
  const int error = GENERATE(EIO, EUCLEAN, EBADMSG);
  const bool copy = GENERATE(true, false);
  BackupFixture fixture;
  fixture.to.copy = copy;
  for (const auto* name : {"one", "two", "three"}) REQUIRE(fixture.put(name, name));
  // Behind the first object: the next is looked for in the backup, then at its own place.
  bool armed = false;
  fixture.to.on_progress = [&](std::string_view, std::uint64_t, std::uint64_t) {
    if (!std::exchange(armed, true)) fixture.disk.fail_call(copy ? Call::kOpen : Call::kStatus, error, copy ? 1 : 2);
  };
  CHECK(fixture.must_back_up().damaged == 1);
  CHECK(fixture.damaged.size() == 1);
  CHECK(fixture.backed_up_objects().size() == 2);
  fixture.disk.heal();
  CHECK(fixture.must_back_up().damaged == 0);
  CHECK(fixture.restored().size() == 3);
}

TEST_CASE("backup: content that the drive lost stays in the backup that has it") {
  BackupFixture fixture;
  fixture.to.copy = true;
  REQUIRE(fixture.put("one", "1"));
  fixture.must_back_up();
  fs::remove(fixture.object_files().at(0));
  CHECK(fixture.must_back_up().damaged == 0);
  CHECK(fixture.restored() == std::vector<std::string>{"one=1"});
}

TEST_CASE("backup: --verify finds what rotted in the backup, and makes it anew") {
  BackupFixture fixture;
  fixture.to.copy = true;
  REQUIRE(fixture.put("one", "1"));
  REQUIRE(fixture.put("two", "2"));
  fixture.must_back_up();
  const auto path = fixture.backed_up_objects().at(0);
  const auto time = fs::last_write_time(path);
  overwrite(path, "x");
  fs::last_write_time(path, time);
  CHECK(fixture.must_back_up().copied == 0);
  fixture.to.verify = true;
  const auto report = fixture.must_back_up();
  CHECK(report.copied == 1);
  CHECK(report.verified == 2);
  CHECK(fixture.restored() == std::vector<std::string>{"one=1", "two=2"});
}

TEST_CASE("backup: what is damaged is told once, also by --verify") {
  BackupFixture fixture;
  fixture.to.copy = true;
  fixture.to.verify = true;
  REQUIRE(fixture.put("one", "1"));
  REQUIRE(fixture.put("two", "2"));
  fs::remove(fixture.object_files().at(0));
  const auto report = fixture.must_back_up();
  CHECK(report.damaged == 1);
  CHECK(report.verified == 1);
  REQUIRE(fixture.damaged.size() == 1);
  CHECK(fixture.damaged[0].user == "owner");
}

TEST_CASE("backup: what the drive found damaged is served from the backup that has it whole") {
  BackupFixture fixture;
  fixture.to.copy = true;
  REQUIRE(fixture.put("one", "1"));
  fixture.must_back_up();
  fs::remove(fixture.object_files().at(0));
  REQUIRE(fixture.content("one") == "error integrity");
  CHECK(fixture.must_back_up().damaged == 0);
  CHECK(fixture.restored() == std::vector<std::string>{"one=1"});
}

TEST_CASE("backup: what the drive found damaged is told, although it looks as it did") {
  BackupFixture fixture;
  REQUIRE(fixture.put("one", "1"));
  const auto path = fixture.object_files().at(0);
  overwrite(path, "longer");
  REQUIRE(fixture.content("one") == "error integrity");
  // Of the size and the time that were recorded.
  const auto time = fs::file_time_type(fs::file_time_type::duration(0));
  overwrite(path, "x");
  fs::last_write_time(path, time);
  {
    auto database = Database::open(fixture.data("ndisk.db"), DatabaseMode::kExisting);
    REQUIRE(database);
    struct stat found {};
    REQUIRE(::stat(path.c_str(), &found) == 0);
    (*database)->run("UPDATE objects SET disk_mtime = ?", found.st_mtim.tv_sec * kSecondNs + found.st_mtim.tv_nsec);
    REQUIRE_FALSE((*database)->take_error());
  }
  CHECK(fixture.must_back_up().damaged == 1);
}

TEST_CASE("backup: whatever call of the disk fails, the backup before is whole, and the next one completes") {
  const auto call = GENERATE(Call::kOpen, Call::kRead, Call::kWrite, Call::kSync, Call::kSyncFileSystem, Call::kRename,
                             Call::kLink, Call::kMakeFolder, Call::kStatus, Call::kVisit);
  BackupFixture fixture;
  fixture.to.copy = call != Call::kLink;
  fs::create_directory(fixture.data("tls"));
  std::ofstream(fixture.data("tls/key.pem")) << "secret";
  fixture.to.folders = {"tls"};
  REQUIRE(fixture.put("one", "1"));
  fixture.must_back_up();
  REQUIRE(fixture.put("one", "1 and more"));
  REQUIRE(fixture.put("two", "2"));
  std::vector<std::string> before{"one=1"};
  const std::vector<std::string> after{"one=1 and more", "two=2"};
  bool failed = true;
  // The calls on each of the 256 folders are alike.
  for (int nth = 1; failed && nth<2000; nth += nth> 40 && nth < 230 ? 37 : 1) {
    INFO("call " << static_cast<int>(call) << ", number " << nth);
    fixture.disk.fail_call(call, EIO, nth);
    const auto report = fixture.back_up();
    failed = !report || report->damaged > 0;
    fixture.disk.heal();
    // What can't be read can't be backed up; that is told, and is no reason to leave the rest.
    if (report && report->damaged > 0) {
      before = fixture.restored();
      continue;
    }
    const auto found = fixture.restored();
    CHECK((found == before || found == after));
    if (!failed) CHECK(found == after);
  }
  CHECK_FALSE(failed);
  fixture.must_back_up();
  CHECK(fixture.restored() == after);
}

TEST_CASE("backup: a first one that failed is no drive, and the next one completes it") {
  BackupFixture fixture;
  REQUIRE(fixture.put("one", "1"));
  fixture.disk.fail_call(Call::kLink, EIO);
  REQUIRE_FALSE(fixture.back_up());
  DriveOptions options;
  options.data_directory = fixture.to.destination;
  const auto opened = Drive::open(options, fixture.disk, fixture.clock);
  REQUIRE_FALSE(opened);
  CHECK(opened.error().code == ErrorCode::kIntegrity);
  BackupFixture other;
  other.to.destination = fixture.to.destination;
  CHECK(refusal(other.back_up()) == "conflict");
  fixture.must_back_up();
  CHECK(fixture.restored() == std::vector<std::string>{"one=1"});
}

}  // namespace ndisk::storage
