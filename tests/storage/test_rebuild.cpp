#include <sys/stat.h>

#include "tests/storage/rebuild_fixture.hpp"

namespace ndisk::storage {
namespace {

namespace fs = std::filesystem;

}  // namespace

TEST_CASE("rebuild: current files of every user come back, with their times") {
  RebuildFixture fixture;
  REQUIRE(fixture.drive->accounts().create_user("ann", std::nullopt));
  REQUIRE(fixture.put("a/b/one", "1"));
  REQUIRE(fixture.put("top", "22"));
  const auto owner = fixture.actor;
  fixture.become("ann");
  REQUIRE(fixture.put("hers", "333"));
  fixture.actor = owner;
  fixture.lose_catalog();
  const auto report = fixture.must_rebuild();
  CHECK(report.users == 2);
  CHECK(report.files == 3);
  CHECK(report.folders == 2);
  CHECK(report.bytes == 6);
  CHECK(report.left == 0);
  CHECK(report.unnamed == 0);
  CHECK(report.copied == 0);
  fixture.open();
  CHECK(fixture.names("", true) == std::vector<std::string>{"a/", "a/b/", "a/b/one", "top"});
  CHECK(fixture.content("a/b/one") == "1");
  const auto status = fixture.drive->stat(fixture.actor, at("top"));
  REQUIRE(status);
  CHECK(status->entry.attributes == Attributes{1'600'000'000'123'456'789, 0644});
  fixture.become("ann");
  CHECK(fixture.content("hers") == "333");
  const auto users = fixture.drive->accounts().users("", 10);
  REQUIRE(users);
  CHECK((*users)[0].stored == 3);
  CHECK((*users)[1].bytes == 3);
}

TEST_CASE("rebuild: what was rebuilt is a drive like any other, and its tree stays") {
  RebuildFixture fixture;
  REQUIRE(fixture.put("a/one", "1"));
  REQUIRE(fixture.put("same", "1"));
  fixture.lose_catalog();
  fixture.must_rebuild();
  fixture.open();
  REQUIRE(fixture.put("a/one", "more"));
  REQUIRE(fixture.put("two", "2"));
  REQUIRE(fixture.drive->collect());
  REQUIRE(fixture.drive->flush_tree());
  CHECK(fixture.content("same") == "1");
  CHECK(DriveFixture::read_file(fixture.data("tree/owner/a/one")) == "more");
  CHECK(DriveFixture::read_file(fixture.data("tree/owner/same")) == "1");
  const auto versions = fixture.drive->versions(fixture.actor, at("a/one"), 0, 10);
  REQUIRE(versions);
  CHECK(versions->size() == 2);
}

TEST_CASE("rebuild: numbers of versions that were given before are not given again") {
  RebuildFixture fixture;
  const auto before = fixture.put("one", "1");
  REQUIRE(before);
  fixture.lose_catalog();
  fixture.must_rebuild();
  fixture.open();
  const auto after = fixture.drive->stat(fixture.actor, at("one"));
  REQUIRE(after);
  CHECK(after->entry.version > before->version + 1'000'000);
}

TEST_CASE("rebuild: devices have to enrol again") {
  RebuildFixture fixture;
  const auto key = random_bytes<32>();
  fixture.enrol("owner", key);
  fixture.lose_catalog();
  fixture.must_rebuild();
  fixture.open();
  CHECK_FALSE(fixture.drive->accounts().find_device(key));
  const auto is_new = fixture.drive->accounts().is_new();
  REQUIRE(is_new);
  CHECK(*is_new);
}

TEST_CASE("rebuild: content without a name is kept where no collector looks") {
  RebuildFixture fixture;
  REQUIRE(fixture.put("one", "old"));
  REQUIRE(fixture.put("one", "new"));
  fixture.lose_catalog();
  const auto report = fixture.must_rebuild();
  CHECK(report.unnamed == 1);
  CHECK(report.left == 0);
  fixture.open();
  REQUIRE(fixture.drive->collect());
  CHECK(fixture.in_quarantine() == 1);
  CHECK(fixture.content("one") == "new");
}

TEST_CASE("rebuild: content that is not what was stored does not come back, and is not lost") {
  RebuildFixture fixture;
  REQUIRE(fixture.put("bad", "right"));
  REQUIRE(fixture.put("good", "whole"));
  fixture.lose_catalog();
  rot(fixture.object_of("right"), "wrong");
  const auto report = fixture.must_rebuild();
  CHECK(report.left == 1);
  REQUIRE(fixture.left.size() == 1);
  CHECK(fixture.left[0].starts_with("tree/owner/bad: "));
  fixture.open();
  REQUIRE(fixture.drive->flush_tree());
  CHECK(fixture.names() == std::vector<std::string>{"good"});
  CHECK(fixture.in_quarantine() == 1);
}

TEST_CASE("rebuild: a file of the tree that is no object's link is taken up by its content") {
  RebuildFixture fixture;
  REQUIRE(fixture.put("one", "1"));
  fixture.lose_catalog();
  std::ofstream(fixture.data("tree/owner/written")) << "by hand";
  std::ofstream(fixture.data("tree/owner/same")) << "1";
  const auto report = fixture.must_rebuild();
  CHECK(report.files == 3);
  CHECK(report.copied == 1);
  fixture.open();
  CHECK(fixture.content("written") == "by hand");
  CHECK(fixture.content("same") == "1");
  REQUIRE(fixture.drive->collect());
  CHECK(fixture.content("written") == "by hand");
}

TEST_CASE("rebuild: a data directory whose links became copies needs no content twice") {
  RebuildFixture fixture;
  REQUIRE(fixture.put("one", "1"));
  fixture.lose_catalog();
  fs::remove(fixture.data("tree/owner/one"));
  std::ofstream(fixture.data("tree/owner/one")) << "1";
  const auto report = fixture.must_rebuild();
  CHECK(report.copied == 0);
  CHECK(report.unnamed == 0);
  CHECK(fixture.object_files().size() == 1);
  fixture.open();
  CHECK(fixture.content("one") == "1");
}

TEST_CASE("rebuild: one user's link to another's content becomes content of its own") {
  RebuildFixture fixture;
  REQUIRE(fixture.put("one", "1"));
  fixture.lose_catalog();
  fs::create_directory(fixture.data("tree/ann"));
  fs::create_hard_link(fixture.object_of("1"), fixture.data("tree/ann/hers"));
  CHECK(fixture.must_rebuild().copied == 1);
  fixture.open();
  CHECK(fixture.object_files().size() == 2);
  CHECK(fixture.content("one") == "1");
  fixture.become("ann");
  CHECK(fixture.content("hers") == "1");
}

TEST_CASE("rebuild: what is planted in the tree is not followed") {
  RebuildFixture fixture;
  REQUIRE(fixture.put("one", "1"));
  fixture.lose_catalog();
  fs::create_symlink("/etc/passwd", fixture.data("tree/owner/passwd"));
  fs::create_directory_symlink("/etc", fixture.data("tree/owner/etc"));
  fs::create_directory_symlink("/etc", fixture.data("tree/bob"));
  REQUIRE(::mkfifo(fixture.data("tree/owner/pipe").c_str(), 0600) == 0);
  const auto report = fixture.must_rebuild();
  CHECK(report.files == 1);
  CHECK(report.left == 4);
  fixture.open();
  CHECK(fixture.names("", true) == std::vector<std::string>{"one"});
}

TEST_CASE("rebuild: a catalog that is there is not touched without --force, and kept with it") {
  RebuildFixture fixture;
  REQUIRE(fixture.put("one", "1"));
  REQUIRE(fixture.drive->flush_tree());
  fixture.drive.reset();
  const auto refused = fixture.rebuild();
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == ErrorCode::kConflict);
  std::ofstream(fixture.data("ndisk.db"), std::ios::trunc) << "garbage";
  std::ofstream(fixture.data("ndisk.db-wal"), std::ios::trunc) << "more of it";
  fixture.force = true;
  fixture.must_rebuild();
  const auto aside = fixture.data("ndisk.db.damaged-1700000000");
  CHECK(DriveFixture::read_file(aside) == "garbage");
  CHECK(DriveFixture::read_file(aside + "-wal") == "more of it");
  fixture.open();
  CHECK(fixture.content("one") == "1");
}

TEST_CASE("rebuild: never beside a server, and never without a tree") {
  RebuildFixture fixture;
  REQUIRE(fixture.put("one", "1"));
  fixture.force = true;
  CHECK(fixture.rebuild().error().code == ErrorCode::kConflict);
  fixture.lose_catalog();
  fs::rename(fixture.data("tree"), fixture.data("elsewhere"));
  const auto refused = fixture.rebuild();
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == ErrorCode::kNotFound);
  CHECK(fixture.object_files().size() == 1);
}

TEST_CASE("rebuild: whatever call of the disk fails, it can be done again, and nothing is lost") {
  const auto call = GENERATE(Call::kOpen, Call::kRead, Call::kWrite, Call::kSync, Call::kRename, Call::kMakeFolder,
                             Call::kStatus, Call::kVisit, Call::kSetMode);
  RebuildFixture fixture;
  REQUIRE(fixture.put("a/one", "old"));
  REQUIRE(fixture.put("a/one", "1"));
  REQUIRE(fixture.put("two", "2"));
  fixture.lose_catalog();
  std::ofstream(fixture.data("tree/owner/written")) << "by hand";
  fs::create_directories(fixture.data("tree-unread/owner/b"));
  std::ofstream(fixture.data("tree-unread/owner/b/kept")) << "unread before";
  fixture.force = true;
  bool failed = true;
  for (int nth = 1; failed && nth<3000; nth += nth> 40 ? 61 : 1) {
    INFO("call " << static_cast<int>(call) << ", number " << nth);
    fixture.disk.fail_call(call, EACCES, nth);
    const auto report = fixture.rebuild();
    failed = !report || report->left > 0;
    fixture.disk.heal();
  }
  CHECK_FALSE(failed);
  fixture.open();
  CHECK(fixture.content("a/one") == "1");
  CHECK(fixture.content("two") == "2");
  CHECK(fixture.content("written") == "by hand");
  CHECK(fixture.content("b/kept") == "unread before");
  CHECK_FALSE(fs::exists(fixture.data("tree-unread/owner/b/kept")));
  CHECK(fixture.in_quarantine() == 1);
}

}  // namespace ndisk::storage
