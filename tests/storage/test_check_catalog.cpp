// Rows that contradict each other, numbers that don't add up, staged files and litter.
#include "tests/storage/check_fixture.hpp"

namespace ndisk::storage {

using Lines = std::vector<std::string>;

TEST_CASE("check: numbers that don't add up are found, and counted anew by a repair") {
  CheckFixture fixture;
  REQUIRE(fixture.put("a/b/c", "content"));
  REQUIRE(fixture.put("a/d", "content"));
  fixture.edit_catalog(
      "UPDATE objects SET refs = refs + 1; UPDATE users SET stored = 1, files = 77; "
      "UPDATE folders SET bytes = 3 WHERE id = (SELECT id FROM nodes WHERE name = CAST('b' AS BLOB))");
  const Lines expected{"totals", "totals owner:a/b", "totals owner:"};
  auto found = fixture.check();
  CHECK(found.report.damage == 3);
  CHECK_THAT(found.causes(), Catch::Contains("says that 3 versions refer to it; they are 2"));
  CHECK(fixture.check().report.damage == 3);
  const auto mended = fixture.repair();
  CHECK(mended.report.damage == 3);
  CHECK(mended.report.mended == 3);
  fixture.check_clean();
  fixture.check_catalog();
  // What is cached beside the catalog knows it, too.
  REQUIRE(fixture.put("a/b/e", "more"));
  fixture.check_clean();
  fixture.check_catalog();
}

TEST_CASE("check: rows that contradict each other are found and left alone") {
  struct Case {
    const char* sql;
    const char* cause;
  };
  const Case cases[] = {
      {"DELETE FROM objects", "does not know the content"},
      {"DELETE FROM nodes WHERE kind = 1", "belongs to no file"},
      {"UPDATE nodes SET version = 1000 WHERE kind = 1", "not the newest of its versions"},
      {"UPDATE nodes SET mtime = 1 WHERE kind = 1", "what the file's name says"},
      {"UPDATE nodes SET parent = 4242 WHERE kind = 1", "in a folder that does not exist"},
      {"INSERT INTO trash (user, node, path, removed, device, files, bytes, kind) VALUES (1, 99, x'61', "
       "1700000000000000000, x'00', 1, 1, 1)",
       "an item of the trash has no content"},
  };
  for (const auto& one : cases) {
    INFO(one.sql);
    CheckFixture fixture;
    REQUIRE(fixture.put("a/b", "content"));
    fixture.edit_catalog(one.sql);
    const auto found = fixture.repair();
    CHECK(found.report.damage > 0);
    CHECK_THAT(found.causes(), Catch::Contains(one.cause));
    CHECK_THAT(fixture.check().causes(), Catch::Contains(one.cause));
  }
}

TEST_CASE("check: a staged file that is gone or cut is found, and a repair drops its upload") {
  for (const bool gone : {true, false}) {
    CheckFixture fixture;
    auto writer = fixture.writer(fixture.large("a/large", 50'000));
    REQUIRE(writer->append(0, pattern(10'000)));
    writer.reset();
    const auto file = std::filesystem::directory_iterator(fixture.data("staging"))->path();
    if (gone) std::filesystem::remove(file);
    if (!gone) std::filesystem::resize_file(file, 9'999);
    CHECK(fixture.check().lines() == Lines{"upload owner:a/large"});
    CHECK(fixture.repair().lines() == Lines{"upload owner:a/large mended"});
    CHECK(fixture.drive->uploads(fixture.actor)->empty());
    fixture.check_clean();
  }
}

TEST_CASE("check: files in objects/ that nothing refers to are litter and no damage") {
  CheckFixture fixture;
  REQUIRE(fixture.put("a", "content"));
  fixture.drive.reset();
  const auto name = fixture.object_file("content");
  std::filesystem::copy_file(name, name.substr(0, name.rfind('.')) + ".0");
  std::ofstream(fixture.data("objects/ab/notes")) << "mine";
  fixture.open();
  const auto found = fixture.check();
  CHECK(found.lines() == Lines{"litter (no damage)"});
  CHECK(found.report.litter == 1);
  CHECK(found.report.damage == 0);
  REQUIRE(fixture.drive->collect_all());
  fixture.check_clean();
  CHECK(std::filesystem::exists(fixture.data("objects/ab/notes")));
}

TEST_CASE("check: content that no version refers to, though it should, is put aside by a repair and never deleted") {
  CheckFixture fixture;
  REQUIRE(fixture.put("a", "content"));
  const auto file = std::filesystem::path(fixture.object_file("content")).filename().string();
  fixture.edit_catalog("DELETE FROM versions");
  const auto found = fixture.repair();
  CHECK_THAT(found.causes(), Catch::Contains("says that 1 versions refer to it; they are 0") &&
                                 Catch::Contains("is kept in quarantine/"));
  REQUIRE(fixture.drive->collect_all());
  CHECK(fixture.read_file(fixture.data("quarantine/") + file) == "content");
  // Its row is gone, so that its number is right.
  CHECK_THAT(fixture.check().causes(), !Catch::Contains("versions refer to it"));
}

TEST_CASE("check: content that versions refer to is no litter, whatever became of its row") {
  CheckFixture fixture;
  REQUIRE(fixture.put("a", "content"));
  const auto file = fixture.object_file("content");
  fixture.edit_catalog("DELETE FROM objects");
  CHECK(fixture.check().report.litter == 0);
  REQUIRE(fixture.drive->collect_all());
  CHECK(fixture.read_file(file) == "content");
}

TEST_CASE("check: a folder of objects/ that can't be read does not end it") {
  CheckFixture fixture;
  REQUIRE(fixture.put("a", "content"));
  REQUIRE(fixture.drive->flush_tree());
  std::filesystem::resize_file(fixture.object_file("content"), 3);
  fixture.files.fail_call(Call::kVisit, EIO);
  const auto found = fixture.check();
  CHECK_THAT(found.causes(), Catch::Contains("objects/00") && Catch::Contains("another size"));
  CHECK(found.report.damage == 2);
}

TEST_CASE("check: an index that lacks a row is found by reading") {
  CheckFixture fixture;
  REQUIRE(fixture.put("a", "content"));
  // A row that SQLite does not put into the index, because it believes that the index has none.
  fixture.edit_catalog(
      "PRAGMA writable_schema = ON; UPDATE sqlite_master SET sql = 'CREATE INDEX versions_node ON versions (node) "
      "WHERE "
      "node < 0' WHERE name = 'versions_node'; PRAGMA writable_schema = RESET");
  const auto found = fixture.check({.read_data = true});
  CHECK(found.report.damage > 0);
  CHECK(found.found.front().kind == FindingKind::kCatalog);
}

TEST_CASE("check: maintenance keeps what the settings of a server decide") {
  CheckFixture fixture;
  for (int i = 0; i < 15; ++i) REQUIRE(fixture.put("a", std::to_string(i)));
  REQUIRE(fixture.put("b", "trashed"));
  REQUIRE(fixture.remove("b"));
  REQUIRE(fixture.drive->flush_tree());
  fixture.clock.advance(100 * kDayNs);
  fixture.drive.reset();
  fixture.options.maintenance = true;
  fixture.open();
  fixture.check_clean();
  REQUIRE(fixture.drive->collect_all());
  CHECK(fixture.versions("a").size() == 15);
  CHECK(fixture.trash().size() == 1);
  CHECK(fixture.read_file(fixture.data("tree/owner/a")) == "14");
  fixture.drive.reset();
  fixture.options.maintenance = false;
  fixture.open();
  fixture.collect();
  CHECK(fixture.versions("a").size() == 11);
}

}  // namespace ndisk::storage
