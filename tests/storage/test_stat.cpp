#include "tests/storage/namespace_fixture.hpp"

namespace ndisk::storage {

TEST_CASE("stat: a file with its current version, when and by whom it was made, and how many there are") {
  NamespaceFixture fixture;
  REQUIRE(fixture.put("d/file", "one"));
  fixture.clock.advance(5 * kSecondNs);
  const auto put = fixture.put("d/file", "second");
  const auto status = fixture.stat("d/file");
  CHECK(status.entry.path == "d/file");
  CHECK(status.entry.kind == Kind::kFile);
  CHECK(status.entry.size == 6);
  CHECK(status.entry.version == put->version);
  CHECK(status.entry.sha256 == put->sha256);
  CHECK(status.entry.attributes.mode == 0640);
  CHECK_FALSE(status.entry.totals);
  CHECK(status.created == fixture.clock.now());
  CHECK(status.device_name == "local");
  CHECK(status.versions == 2);
  CHECK(status.change == put->change);
}

TEST_CASE("stat: a folder with all that is below it") {
  NamespaceFixture fixture;
  REQUIRE(fixture.put("a/b/c", "12345"));
  REQUIRE(fixture.put("a/d", "678"));
  REQUIRE(fixture.put_link("a/l", "target"));
  REQUIRE(fixture.put("e", "9"));
  const auto status = fixture.stat("a");
  CHECK(status.entry.kind == Kind::kFolder);
  CHECK(status.entry.totals == Totals{3, 1, 14});
  CHECK(status.versions == 0);
}

TEST_CASE("stat: the drive itself with all that is in it, and nothing of the trash") {
  NamespaceFixture fixture;
  REQUIRE(fixture.put("a/b", "12345"));
  REQUIRE(fixture.put("gone/c", "1"));
  REQUIRE(fixture.remove("gone", true));
  const auto status = fixture.stat("");
  CHECK(status.entry.path.empty());
  CHECK(status.entry.kind == Kind::kFolder);
  CHECK(status.entry.attributes.mode == 0755);
  CHECK(status.entry.totals == Totals{1, 1, 5});
}

TEST_CASE("stat: what is not there is not found") {
  NamespaceFixture fixture;
  REQUIRE(fixture.put("file", "1"));
  CHECK(outcome(fixture.drive->stat(fixture.actor, at("nothing"))) == "not_found");
  CHECK(outcome(fixture.drive->stat(fixture.actor, at("nothing/below"))) == "not_found");
  CHECK(outcome(fixture.drive->stat(fixture.actor, at("file/below"))) == "not_found");
}

}  // namespace ndisk::storage
