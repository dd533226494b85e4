// Folders that stand in each other, as catalogs of old may have them: nothing that climbs from there goes on for ever.
#include "storage/backup.hpp"
#include "tests/storage/check_fixture.hpp"

namespace ndisk::storage {
namespace {

// "a/b/c" is below no drive any more: "a" stands in "b".
void plant_ring(CheckFixture& fixture) {
  REQUIRE(fixture.put("a/b/c", "content"));
  fixture.edit_catalog(
      "UPDATE nodes SET parent = (SELECT id FROM nodes WHERE name = CAST('b' AS BLOB)) WHERE name = CAST('a' AS BLOB)");
}

}  // namespace

TEST_CASE("ring of folders: content in it that is damaged and comes again is healed") {
  CheckFixture fixture;
  plant_ring(fixture);
  fixture.rot(fixture.object_file("content"));
  REQUIRE(fixture.check({.read_data = true}).report.damage > 0);
  REQUIRE(fixture.put("d", "content"));
  fixture.collect();
  CHECK(fixture.object_files().size() == 1);
  CHECK(fixture.content("d") == "content");
}

TEST_CASE("ring of folders: a version in it is found by nobody") {
  CheckFixture fixture;
  plant_ring(fixture);
  CHECK(fixture.content(OpenTarget{at(""), 1}) == "error not_found");
}

TEST_CASE("ring of folders: a backup tells damaged content in it, without a name") {
  CheckFixture fixture;
  plant_ring(fixture);
  fixture.rot(fixture.object_file("content"));
  BackUpOptions options;
  options.data_directory = fixture.options.data_directory;
  options.destination = fixture.folder.path() + "/backup";
  options.copy = true;
  std::vector<DamagedContent> damaged;
  options.on_damage = [&](const DamagedContent& one) { damaged.push_back(one); };
  const auto report = back_up(options, fixture.files);
  REQUIRE(report);
  REQUIRE(damaged.size() == 1);
  CHECK(damaged[0].user == "owner");
  CHECK(damaged[0].path.empty());
}

}  // namespace ndisk::storage
