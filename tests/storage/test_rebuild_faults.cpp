#include <fcntl.h>
#include <sys/stat.h>

#include "storage/sqlite.hpp"
#include "storage/table_objects.hpp"
#include "tests/storage/rebuild_fixture.hpp"

namespace ndisk::storage {
namespace {

namespace fs = std::filesystem;

// What is kept in the quarantine, at any depth.
std::vector<std::string> kept_contents(const RebuildFixture& fixture) {
  std::vector<std::string> found;
  for (const auto& entry : fs::recursive_directory_iterator(fixture.data("quarantine"))) {
    if (entry.is_regular_file()) found.push_back(DriveFixture::read_file(entry.path()));
  }
  std::ranges::sort(found);
  return found;
}

}  // namespace

TEST_CASE("rebuild: a disk that can't say what is in a user's folder ends it, and takes nobody's names") {
  const auto error = GENERATE(EIO, EACCES, EMFILE);
  RebuildFixture fixture;
  REQUIRE(fixture.put("a/one", "1"));
  fixture.lose_catalog();
  bool failed = true;
  for (int nth = 1; failed && nth < 3000; ++nth) {
    INFO("open number " << nth);
    fixture.disk.fail_call(Call::kOpen, error, nth);
    const auto report = fixture.rebuild();
    fixture.disk.heal();
    failed = !report;
    if (failed) CHECK_FALSE(fs::exists(fixture.data("ndisk.db")));
    if (report) CHECK(report->left == 0);
  }
  CHECK_FALSE(failed);
  fixture.open();
  CHECK(fixture.content("a/one") == "1");
}

TEST_CASE("rebuild: what can't be a drive's file, but has content, is not removed by the next start") {
  RebuildFixture fixture;
  REQUIRE(fixture.put("one", "1"));
  fixture.lose_catalog();
  std::ofstream(fixture.data("tree/ann")) << "no folder";
  // A path that is longer than a drive's may be, and than one call takes.
  const std::string name(250, 'n');
  int folder = ::open(fixture.data("tree/owner").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  for (int depth = 0; depth < 16; ++depth) {
    REQUIRE(::mkdirat(folder, name.c_str(), 0755) == 0);
    const int next = ::openat(folder, name.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    REQUIRE(next >= 0);
    ::close(std::exchange(folder, next));
  }
  const int file = ::openat(folder, name.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
  REQUIRE(::write(file, "deep", 4) == 4);
  ::close(file);
  ::close(folder);
  CHECK(fixture.must_rebuild().left == 2);
  fixture.open();
  REQUIRE(fixture.drive->flush_tree());
  CHECK(kept_contents(fixture) == std::vector<std::string>{"deep", "no folder"});
}

TEST_CASE("rebuild: what can't be moved to the quarantine ends it, for the next start would remove it") {
  RebuildFixture fixture;
  REQUIRE(fixture.put("one", "1"));
  fixture.lose_catalog();
  std::ofstream(fixture.data("tree/ann")) << "no folder";
  fixture.disk.fail_call(Call::kRename, EXDEV);
  REQUIRE_FALSE(fixture.rebuild());
  CHECK_FALSE(fs::exists(fixture.data("ndisk.db")));
}

TEST_CASE("rebuild: an object with all the references that it may have gets a successor") {
  RebuildFixture fixture;
  REQUIRE(fixture.put("same-0", "same"));
  fixture.lose_catalog();
  constexpr int kFiles = 300;
  for (int i = 1; i < kFiles; ++i) {
    fs::create_hard_link(fixture.object_of("same"), fixture.data("tree/owner/same-" + std::to_string(i)));
  }
  // Stands for sixty thousand files.
  fixture.on_progress = [&](std::uint64_t files) {
    if (files == 0 || files == kFiles) return;
    auto database = Database::open(fixture.data("ndisk.db.new"), DatabaseMode::kExisting);
    REQUIRE(database);
    (*database)->run("UPDATE objects SET refs = ?", kMaxRefs);
    REQUIRE_FALSE((*database)->take_error());
  };
  const auto report = fixture.must_rebuild();
  CHECK(report.files == kFiles);
  CHECK(report.copied == 1);
  CHECK(fixture.object_files().size() == 2);
}

TEST_CASE("rebuild: catalogs that were moved aside are never replaced") {
  RebuildFixture fixture;
  REQUIRE(fixture.put("one", "1"));
  fixture.lose_catalog();
  std::ofstream(fixture.data("ndisk.db")) << "first";
  fixture.force = true;
  fixture.must_rebuild();
  fixture.must_rebuild();
  std::vector<std::string> found;
  for (const auto& entry : fs::directory_iterator(fixture.options.data_directory)) {
    if (entry.path().filename().string().starts_with("ndisk.db.damaged-")) found.push_back(entry.path());
  }
  CHECK(found.size() == 2);
  CHECK(std::ranges::count_if(found, [](const auto& path) { return DriveFixture::read_file(path) == "first"; }) == 1);
}

TEST_CASE("rebuild: an object in a folder that is not its own stays there, and stops nothing") {
  RebuildFixture fixture;
  REQUIRE(fixture.put("one", "1"));
  fixture.lose_catalog();
  const auto object = fixture.object_of("1");
  const auto other = fixture.data(object.find("/objects/00/") == std::string::npos ? "objects/00/" : "objects/01/");
  const auto misplaced = other + fs::path(object).filename().string();
  fs::rename(object, misplaced);
  CHECK(fixture.must_rebuild().files == 1);
  CHECK(fs::exists(misplaced));
}

TEST_CASE("rebuild: content that was damaged is not taken for good by one that is done again after an interruption") {
  RebuildFixture fixture;
  REQUIRE(fixture.put("one", "whole"));
  REQUIRE(fixture.put("two", "whole too"));
  fixture.lose_catalog();
  rot(fixture.object_of("whole"), "ruins");
  CHECK(fixture.must_rebuild().files == 1);
  REQUIRE(fixture.left.size() == 1);
  // As if the power had gone before the catalog was there.
  fs::remove(fixture.data("ndisk.db"));
  CHECK(fixture.must_rebuild().files == 1);
  REQUIRE(fixture.left.size() == 1);
  CHECK(fixture.left.front().find("kept in quarantine/") != std::string::npos);
  fixture.open();
  CHECK(fixture.content("two") == "whole too");
}

TEST_CASE("rebuild: one that failed while it copied content can be done again, whoever does it") {
  RebuildFixture fixture;
  REQUIRE(fixture.put("one", "1"));
  fixture.lose_catalog();
  std::ofstream(fixture.data("tree/owner/two")) << "put there by somebody";
  const auto left = fixture.data("staging/rebuild");
  for (int nth = 1; !fs::exists(left); ++nth) {
    fixture.disk.fail_call(Call::kSync, EIO, nth);
    REQUIRE_FALSE(fixture.rebuild());
    fixture.disk.heal();
  }
  CHECK((fs::status(left).permissions() & fs::perms::owner_write) == fs::perms::none);
  // Root could write to it all the same: whether anybody did shows in what the copy is a link to.
  const auto again = fixture.folder.path() + "/left";
  fs::create_hard_link(left, again);
  CHECK(fixture.must_rebuild().copied == 1);
  CHECK(fs::hard_link_count(again) == 1);
  fixture.open();
  CHECK(fixture.content("two") == "put there by somebody");
}

TEST_CASE("rebuild: one by force that fails leaves a catalog with all its content, or none") {
  const auto call = GENERATE(Call::kRename, Call::kSync);
  RebuildFixture fixture;
  const auto old = fixture.put("one", "old");
  REQUIRE(old);
  REQUIRE(fixture.put("one", "new"));
  REQUIRE(fixture.drive->flush_tree());
  fixture.drive.reset();
  fixture.force = true;
  fixture.disk.fail_call(call, EIO, 2);
  REQUIRE_FALSE(fixture.rebuild());
  fixture.disk.heal();
  if (fs::exists(fixture.data("ndisk.db"))) {
    fixture.open();
    CHECK(fixture.content(OpenTarget{at("one"), old->version}) == "old");
    fixture.drive.reset();
  }
  fixture.must_rebuild();
  fixture.open();
  CHECK(fixture.content("one") == "new");
  CHECK(kept_contents(fixture) == std::vector<std::string>{"old"});
}

}  // namespace ndisk::storage
