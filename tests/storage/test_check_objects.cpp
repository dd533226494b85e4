#include "tests/storage/check_fixture.hpp"

namespace ndisk::storage {

using Lines = std::vector<std::string>;

TEST_CASE("check: a drive with history, trash, links and uploads under way is clean") {
  CheckFixture fixture;
  REQUIRE(fixture.put("a/b/file", "one"));
  REQUIRE(fixture.put("a/b/file", "two"));
  REQUIRE(fixture.put("same", "two"));
  REQUIRE(fixture.put("empty", ""));
  REQUIRE(fixture.upload("large", pattern(300'000)));
  REQUIRE(fixture.put("gone/x", "three"));
  REQUIRE(fixture.remove("gone", true));
  auto writer = fixture.writer(fixture.large("held", 50'000));
  REQUIRE(writer->append(0, pattern(10'000)));
  fixture.check_clean({});
  fixture.check_clean();
}

TEST_CASE("check: content that is missing is found by a quick look, and each version that is hit is named") {
  CheckFixture fixture;
  const auto version = fixture.put_version("photos/a", "content");
  std::filesystem::remove(fixture.object_file("content"));
  const auto checked = fixture.check();
  CHECK(checked.lines() == Lines{"object owner:photos/a v" + std::to_string(version)});
  CHECK(checked.report.damage == 1);
  CHECK_THAT(checked.causes(), Catch::Contains("missing") && Catch::Contains("put the same content again"));
  CHECK(fixture.content("photos/a") == "error integrity");
}

TEST_CASE("check: content of another size is found by a quick look") {
  CheckFixture fixture;
  REQUIRE(fixture.put("a", "content"));
  std::filesystem::resize_file(fixture.object_file("content"), 3);
  CHECK_THAT(fixture.check().causes(), Catch::Contains("another size"));
}

TEST_CASE("check: content that rotted is found by reading it, and not served from then on") {
  CheckFixture fixture;
  const auto version = fixture.put_version("a", "content");
  fixture.rot(fixture.object_file("content"));
  CHECK(fixture.check().lines().empty());
  const auto checked = fixture.check({.read_data = true});
  CHECK(checked.lines() == Lines{"object owner:a v" + std::to_string(version)});
  CHECK_THAT(checked.causes(), Catch::Contains("digest"));
  CHECK(fixture.content("a") == "error integrity");
  // And a quick look knows of it from then on.
  CHECK(fixture.check().report.damage == 1);
}

TEST_CASE("check: content that only has another mtime is read, and its mtime is recorded") {
  CheckFixture fixture;
  REQUIRE(fixture.put("a", "content"));
  const timespec times[2] = {{1, 0}, {1, 0}};
  REQUIRE(::utimensat(AT_FDCWD, fixture.object_file("content").c_str(), times, 0) == 0);
  CHECK(fixture.check().report.bytes == 7);
  CHECK(fixture.check().report.bytes == 0);
}

TEST_CASE("check: earlier versions and what is in the trash are named as such") {
  CheckFixture fixture;
  REQUIRE(fixture.put("a", "one"));
  REQUIRE(fixture.put("a", "two"));
  REQUIRE(fixture.put("folder/b", "three"));
  REQUIRE(fixture.remove("folder", true));
  std::filesystem::remove(fixture.object_file("one"));
  std::filesystem::remove(fixture.object_file("three"));
  const auto causes = fixture.check().causes();
  CHECK_THAT(causes, Catch::Contains("(an earlier version)") && Catch::Contains("(in the trash)"));
  CHECK_THAT(fixture.check().lines().at(1), Catch::Contains("owner:folder/b"));
}

TEST_CASE("check: a mode that is not that of objects is a remark, and set by a repair") {
  CheckFixture fixture;
  REQUIRE(fixture.put("a", "content"));
  const auto file = fixture.object_file("content");
  REQUIRE(::chmod(file.c_str(), 0600) == 0);
  CHECK(fixture.check().lines() == Lines{"object (no damage)"});
  CHECK(fixture.repair().lines() == Lines{"object (no damage) mended"});
  fixture.check_clean();
}

TEST_CASE("check: a disk that can't say is no damage to be quarantined") {
  CheckFixture fixture;
  REQUIRE(fixture.put("a", "content"));
  fixture.files.fail_call(Call::kRead, EIO);
  const auto checked = fixture.check({.read_data = true});
  CHECK(checked.report.damage == 1);
  fixture.files.heal();
  CHECK(fixture.content("a") == "content");
  fixture.check_clean();
}

TEST_CASE("repair: content that nobody refers to, and that could not be looked at for want of files, stays") {
  CheckFixture fixture;
  fixture.options.tree = false;
  fixture.reopen();
  REQUIRE(fixture.put("a", "content"));
  fixture.edit_catalog("DELETE FROM versions; DELETE FROM nodes; UPDATE objects SET refs = 0");
  fixture.files.fail_opening(to_hex(sha256(to_bytes("content"))), EMFILE);
  auto check = fixture.drive->check({.read_data = true, .repair = true});
  REQUIRE(check);
  std::vector<Finding> found;
  for (bool more = true; more;) {
    const auto step = (*check)->step(found);
    REQUIRE(step);
    more = *step;
    // Once it was looked at there are files again.
    if ((*check)->report().objects == 1) fixture.files.heal();
  }
  CHECK((*check)->report().damage > 0);
  CHECK(fixture.object_files().size() == 1);
  REQUIRE(fixture.put("b", "content"));
  CHECK(fixture.content("b") == "content");
  CHECK(fixture.object_files().size() == 1);
}

TEST_CASE("check: one that reads goes on where it was interrupted, and from the beginning if asked to") {
  CheckFixture fixture;
  for (int i = 0; i < 300; ++i) REQUIRE(fixture.put("f" + std::to_string(i), "content " + std::to_string(i)));
  std::vector<Finding> found;
  {
    auto check = fixture.drive->check({.read_data = true});
    REQUIRE(check);
    while ((*check)->report().objects < 100) REQUIRE((*check)->step(found));
  }
  fixture.reopen();
  const auto checked = fixture.check({.read_data = true});
  CHECK(checked.report.objects == 300);
  CHECK(checked.report.skipped_bytes > 0);
  const auto all = fixture.check({.read_data = true});
  CHECK(all.report.skipped_bytes == 0);
  CHECK(checked.report.bytes + checked.report.skipped_bytes == all.report.bytes);
  {
    auto check = fixture.drive->check({.read_data = true});
    REQUIRE(check);
    while ((*check)->report().objects < 100) REQUIRE((*check)->step(found));
  }
  CHECK(fixture.check({.read_data = true, .restart = true}).report.bytes == all.report.bytes);
}

TEST_CASE("check: content that a reader found damaged is quarantined, its healthy twin is not") {
  CheckFixture fixture;
  REQUIRE(fixture.put("a", "content"));
  auto reader = fixture.drive->open_file(fixture.actor, {at("a"), {}});
  REQUIRE(reader);
  REQUIRE(fixture.drive->mark_damaged(**reader));
  CHECK(fixture.content("a") == "error integrity");
  REQUIRE(fixture.put("b", "content"));
  CHECK(fixture.content("a") == "content");
  REQUIRE(fixture.drive->mark_damaged(**reader));
  CHECK(fixture.content("a") == "content");
  reader->reset();
}

TEST_CASE("check: a second one at the same time is refused, a scrub is not") {
  CheckFixture fixture;
  auto first = fixture.drive->check({});
  REQUIRE(first);
  const auto second = fixture.drive->check({});
  REQUIRE_FALSE(second);
  CHECK(second.error().code == ErrorCode::kBusy);
  CHECK(fixture.drive->check({.purpose = CheckPurpose::kScrub}));
  first->reset();
  CHECK(fixture.drive->check({}));
}

TEST_CASE("check: one that is under way when long work is to end does, and does not look complete") {
  CheckFixture fixture;
  REQUIRE(fixture.put("a", "content"));
  REQUIRE(fixture.drive->flush_tree());
  fixture.files.before_call(Call::kRead, 1, [&] { fixture.drive->end_long_work(); });
  const auto checked = fixture.try_check({.read_data = true});
  REQUIRE_FALSE(checked);
  CHECK(checked.error().code == ErrorCode::kShuttingDown);
  CHECK(fixture.content("a") == "content");
}

TEST_CASE("check: one that is under way when the drive closes ends") {
  CheckFixture fixture;
  REQUIRE(fixture.put("a", "content"));
  auto check = fixture.drive->check({.read_data = true});
  REQUIRE(check);
  std::vector<Finding> found;
  REQUIRE((*check)->step(found));
  fixture.drive->close();
  const auto step = (*check)->step(found);
  REQUIRE_FALSE(step);
  CHECK(step.error().code == ErrorCode::kShuttingDown);
}

}  // namespace ndisk::storage
