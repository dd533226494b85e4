// Crashes, readers and disks that fail, while an epoch of the catalog ends and the next begins.
#include "storage/catalog_epoch.hpp"
#include "storage/posix_file_layer.hpp"
#include "tests/storage/epoch_fixture.hpp"

namespace ndisk::storage {
namespace {

namespace fs = std::filesystem;

// The catalog of this directory, looked at and left as it is.
Result<void> look(const std::string& path) {
  PosixFileLayer files;
  DataDirectory directory;
  directory.path = path;
  auto root = files.open(AT_FDCWD, path + "/.", O_RDONLY | O_DIRECTORY, 0);
  REQUIRE(root);
  directory.root = std::move(*root);
  return CatalogEpoch::check(files, directory, {});
}

void overwrite_all(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}

}  // namespace

TEST_CASE("catalog epoch: whatever sectors of a page a checkpoint wrote before a crash, it is opened by its log") {
  constexpr std::size_t kPage = 4096, kSector = 512;
  EpochFixture fixture;
  fixture.put_older();
  REQUIRE(fixture.drive->collect());
  for (int i = 0; i < 20; ++i) REQUIRE(fixture.make_folder("f" + std::to_string(i)));
  fixture.crash();
  const auto before = DriveFixture::read_file(fixture.data("ndisk.db"));
  {
    auto database = Database::open(fixture.data("ndisk.db"), DatabaseMode::kExisting);
    REQUIRE(database);
    (*database)->keep_log_at_close(true);
    (*database)->run("SELECT count(*) FROM counters");
    REQUIRE((*database)->checkpoint());
  }
  const auto after = DriveFixture::read_file(fixture.data("ndisk.db"));
  REQUIRE(look(fixture.options.data_directory));
  int tried = 0;
  for (std::size_t page = 0; page < before.size(); page += kPage) {
    if (before.compare(page, kPage, after, page, kPage) == 0) continue;
    for (std::size_t cut = kSector; cut < kPage; cut += kSector) {
      auto beginning = before;
      beginning.replace(page, cut, after, page, cut);
      auto end = before;
      end.replace(page + cut, kPage - cut, after, page + cut, kPage - cut);
      for (const auto& torn : {beginning, end}) {
        overwrite_all(fixture.data("ndisk.db"), torn);
        CHECK(look(fixture.options.data_directory));
        ++tried;
      }
    }
  }
  CHECK(tried > 50);
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

// Somebody who reads keeps the log from being moved further than what is seen: no new epoch may begin then.
TEST_CASE("catalog epoch: what a crash leaves is opened though somebody read while an epoch was to begin") {
  const int changes_before = GENERATE(0, 1, 20);
  EpochFixture fixture;
  fixture.options.catalog_log_pages = GENERATE(1, 20, 1'000);
  fixture.turn_tree_off();
  fixture.put_older();
  for (int i = 0; i < changes_before; ++i) REQUIRE(fixture.make_folder("before" + std::to_string(i)));
  auto reader = Database::open(fixture.data("ndisk.db"), DatabaseMode::kExisting);
  REQUIRE(reader);
  (*reader)->run("BEGIN");
  (*reader)->run("SELECT count(*) FROM counters");
  for (int i = 0; i < 8; ++i) {
    REQUIRE(fixture.make_folder("after" + std::to_string(i)));
    if (i % 3 == 0) REQUIRE(fixture.drive->collect());
    const auto copy = fixture.folder.path() + "/crashed-" + std::to_string(i);
    copy_as_after_crash(fixture.options.data_directory, copy);
    DriveFixture crashed(copy);
    CHECK(crashed.content("older") == "1");
  }
  (*reader)->run("COMMIT");
  const auto before = fixture.notes();
  REQUIRE(fixture.make_folder("last"));
  REQUIRE(fixture.drive->collect());
  CHECK(fixture.notes() != before);
  fixture.crash();
  fixture.reopen();
}

TEST_CASE("catalog epoch: the log is moved though the epoch can't be noted") {
  EpochFixture fixture;
  fixture.options.catalog_log_pages = 30;
  fixture.turn_tree_off();
  fixture.files.fail_call(Call::kRename, EIO, 1, 1'000'000);
  for (int i = 0; i < 300; ++i) REQUIRE(fixture.make_folder("f" + std::to_string(i)));
  CHECK(fs::file_size(fixture.data("ndisk.db-wal")) < 100 * 4096);
}

TEST_CASE("catalog epoch: after a sync that failed the next one does not begin before this one is noted for good") {
  EpochFixture fixture;
  fixture.turn_tree_off();
  fixture.put_older();
  // Of DATA, behind the new name.
  fixture.files.before_call(Call::kRename, 1, [&] { fixture.files.fail_call(Call::kSync, EIO, 1, 1'000); });
  REQUIRE(fixture.make_folder("a"));
  REQUIRE(fixture.drive->collect());
  const auto noted = fixture.notes();
  REQUIRE(fixture.make_folder("b"));
  REQUIRE(fixture.drive->collect());
  CHECK(fixture.notes() == noted);
  fixture.files.heal();
  REQUIRE(fixture.make_folder("c"));
  REQUIRE(fixture.drive->collect());
  CHECK(fixture.notes() != noted);
}

TEST_CASE("catalog epoch: a rebuild, and a backup, leave one note of many that copies brought") {
  EpochFixture fixture;
  fixture.put_older();
  fixture.must_back_up();
  { DriveFixture served(fixture.to.destination); }
  fixture.put_newer();
  for (const auto* number : {"1", "2", "3"}) {
    std::ofstream(fixture.data(std::string("catalog-epoch.") + number));
    std::ofstream(fixture.backed_up(std::string("catalog-epoch.") + number));
  }
  fixture.drive.reset();
  fixture.must_rebuild();
  CHECK(fixture.notes().size() == 1);
  fixture.open();
  CHECK(fixture.content("newer") == "2");
}

TEST_CASE(
    "catalog epoch: a backup over one that may have had a newer catalog is refused until somebody says it had not") {
  EpochFixture fixture;
  fixture.put_older();
  fixture.must_back_up();
  { DriveFixture served(fixture.to.destination); }
  const char* const others[] = {"1", "2", "3"};
  for (const auto* number : others) std::ofstream(fixture.backed_up(std::string("catalog-epoch.") + number));
  fixture.put_newer();
  const auto refused = fixture.back_up();
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == ErrorCode::kIntegrity);
  for (const auto* number : others) {
    const auto name = std::string("catalog-epoch.") + number;
    CHECK_THAT(refused.error().message, Catch::Contains(name));
    fs::remove(fixture.backed_up(name));
  }
  fixture.must_back_up();
  DriveFixture served(fixture.to.destination);
  CHECK(served.content("newer") == "2");
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
  fixture.turn_tree_off();
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
  fixture.turn_tree_off();
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
