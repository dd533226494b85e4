// Another catalog, alone in a directory that was used since, would have everything newer removed.
#include <cerrno>

#include "tests/storage/epoch_fixture.hpp"

namespace ndisk::storage {
namespace {

namespace fs = std::filesystem;

}  // namespace

TEST_CASE("catalog epoch: one of a backup is refused where something was stored since") {
  EpochFixture fixture;
  fixture.back_up_between();
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
  fixture.back_up_between();
  fixture.crash();
  REQUIRE(fs::exists(fixture.data("ndisk.db-wal")));
  fs::copy_file(fixture.backed_up("ndisk.db"), fixture.data("ndisk.db"), fs::copy_options::overwrite_existing);
  const auto before = fixture.catalog_bytes();
  fixture.check_refused();
  CHECK(fixture.catalog_bytes() == before);
}

TEST_CASE("catalog epoch: the right one is taken once it is put back beside its log") {
  EpochFixture fixture;
  fixture.back_up_between();
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
  fixture.end_and_put_back(fixture.to.destination);
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
  fixture.end_and_put_back(twin);
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
  fixture.back_up_between();
  fixture.end_and_put_back(fixture.to.destination);
  fixture.options.maintenance = true;
  fixture.check_refused();
}

TEST_CASE("catalog epoch: no backup of an older catalog takes the place of a newer one") {
  EpochFixture fixture;
  fixture.put_older_back([&] { fixture.must_back_up(); });
  const auto again = fixture.back_up();
  REQUIRE_FALSE(again);
  CHECK(again.error().code == ErrorCode::kIntegrity);
  CHECK(fixture.restored() == std::vector<std::string>{"newer=2", "older=1"});
}

TEST_CASE("catalog epoch: two backups of an older catalog at once are both refused") {
  EpochFixture fixture;
  fixture.put_older_back();
  FaultyFileLayer other_disk;
  std::promise<void> met;
  std::once_flag is_met;
  const auto note_met = [&] { std::call_once(is_met, [&] { met.set_value(); }); };
  // The second look of each comes after it asked for the lock.
  other_disk.before_call(Call::kVisit, 2, note_met);
  std::future<Result<BackUpReport>> other;
  fixture.disk.before_call(Call::kVisit, 2, [&] {
    other = std::async(std::launch::async, [&] {
      auto done = storage::back_up(fixture.to, other_disk);
      note_met();
      return done;
    });
    met.get_future().wait();
  });
  const auto one = fixture.back_up();
  REQUIRE(other.valid());
  const auto another = other.get();
  REQUIRE_FALSE(one);
  CHECK(one.error().code == ErrorCode::kIntegrity);
  REQUIRE_FALSE(another);
  CHECK(another.error().code == ErrorCode::kIntegrity);
}

TEST_CASE("catalog epoch: no backup of an older catalog is made beside who has the directory and has not looked yet") {
  EpochFixture fixture;
  fixture.put_older_back();
  fixture.disk.fail_call(Call::kLock, EWOULDBLOCK, 1, 3);
  const auto done = fixture.back_up();
  REQUIRE_FALSE(done);
  CHECK(done.error().code == ErrorCode::kIntegrity);
}

TEST_CASE("catalog epoch: a backup beside a server that changes what is looked at looks again, and is made") {
  EpochFixture fixture;
  fixture.put_older();
  const auto passing = fixture.data("catalog-epoch.12345");
  std::ofstream(passing).close();
  // Asked for once the first look was in vain.
  fixture.disk.before_call(Call::kLock, 1, [&] { fs::remove(passing); });
  fixture.must_back_up();
  CHECK_FALSE(fs::exists(passing));
  CHECK(fixture.restored() == std::vector<std::string>{"older=1"});
}

// Which catalog belongs there is read in two steps, and a server begins epochs in between.
TEST_CASE("catalog epoch: a backup that saw one which is over looks again if the server has stopped meanwhile") {
  EpochFixture fixture;
  fixture.put_older();
  const auto over = fixture.data("catalog-epoch.1");
  std::ofstream{over};
  SECTION("and is made where the right one is there by now") {
    fixture.disk.before_call(Call::kLock, 1, [&] {
      fs::remove(over);
      fixture.drive.reset();
    });
    fixture.must_back_up();
  }
  SECTION("and is refused where it is still another") {
    fixture.disk.before_call(Call::kLock, 1, [&] { fixture.drive.reset(); });
    const auto refused = fixture.back_up();
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == ErrorCode::kIntegrity);
    CHECK_FALSE(fs::exists(fixture.to.destination));
    return;
  }
  CHECK(fixture.restored() == std::vector<std::string>{"older=1"});
}

TEST_CASE("catalog epoch: a log that a crash left, however long, is for the next server to move and not for a backup") {
  EpochFixture fixture;
  fixture.options.catalog_log_pages = 100'000;
  fixture.reopen();
  fixture.put_older();
  for (int i = 0; i < 200; ++i) REQUIRE(fixture.make_folder("f" + std::to_string(i)));
  fixture.crash();
  fixture.to.data_directory = fixture.options.data_directory;
  const auto file = DriveFixture::read_file(fixture.data("ndisk.db"));
  const auto log = DriveFixture::read_file(fixture.data("ndisk.db-wal"));
  REQUIRE(log.size() > 1000 * 4096);  // where SQLite would move it
  fixture.must_back_up();
  CHECK((DriveFixture::read_file(fixture.data("ndisk.db")) == file));
  CHECK(DriveFixture::read_file(fixture.data("ndisk.db-wal")).starts_with(log));
  fixture.reopen();
  CHECK(fixture.content("older") == "1");
}

TEST_CASE("catalog epoch: a rebuild instead of an older catalog brings the current files back") {
  EpochFixture fixture;
  fixture.back_up_between();
  fixture.end_and_put_back(fixture.to.destination);
  fixture.check_refused();
  fixture.must_rebuild();
  fixture.open();
  REQUIRE(fixture.drive->collect());
  CHECK(fixture.content("newer") == "2");
  CHECK(fixture.content("older") == "1");
}

TEST_CASE("catalog epoch: who removes the note goes back to the older state") {
  EpochFixture fixture;
  fixture.back_up_between();
  fixture.end_and_put_back(fixture.to.destination);
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

TEST_CASE("catalog epoch: a path that looks like an address is a path") {
  EpochFixture fixture;
  fixture.put_older();
  fixture.drive.reset();
  const auto odd = fixture.folder.path() + "/a%41 ?immutable=0#b";
  fs::rename(fixture.options.data_directory, odd);
  fixture.options.data_directory = GENERATE(false, true) ? "/" + odd : odd;
  fixture.reopen();
  fixture.reopen();
  CHECK(fixture.content("older") == "1");
}

TEST_CASE("catalog epoch: a directory that was copied over an older copy of itself is refused with what to remove") {
  EpochFixture fixture;
  fixture.put_older();
  fixture.drive.reset();
  const auto copy = fixture.folder.path() + "/copy";
  fs::copy(fixture.options.data_directory, copy, fs::copy_options::recursive);
  const auto stale = fixture.notes().front();
  fixture.open();
  fixture.put_newer();
  fixture.drive.reset();
  fs::copy(fixture.options.data_directory, copy, fs::copy_options::recursive | fs::copy_options::overwrite_existing);
  fixture.options.data_directory = copy;
  const auto refused = fixture.try_to_open();
  REQUIRE_FALSE(refused);
  CHECK_THAT(refused.error().message, Catch::Contains("remove " + fixture.data(stale) + ", and nothing else"));
  fs::remove(fixture.data(stale));
  fixture.open();
  CHECK(fixture.content("newer") == "2");
}

TEST_CASE("catalog epoch: a backup's beside a log that is left is refused also where none is noted") {
  EpochFixture fixture;
  fixture.back_up_between();
  fixture.crash();
  fs::remove(fixture.data(fixture.notes().front()));
  fs::copy_file(fixture.backed_up("ndisk.db"), fixture.data("ndisk.db"), fs::copy_options::overwrite_existing);
  CHECK_FALSE(fixture.try_to_open());
}

}  // namespace ndisk::storage
