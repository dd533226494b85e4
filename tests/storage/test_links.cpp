#include "tests/storage/namespace_fixture.hpp"

namespace ndisk::storage {

TEST_CASE("link: its content is the target, its kind is seen wherever it is") {
  NamespaceFixture fixture;
  const auto put = fixture.put_link("d/link", "../elsewhere");
  REQUIRE(put);
  CHECK(fixture.stat("d/link").entry.kind == Kind::kLink);
  CHECK(fixture.stat("d/link").entry.size == 12);
  const auto reader = fixture.drive->open_file(fixture.actor, {at("d/link"), {}});
  REQUIRE(reader);
  CHECK((*reader)->kind() == Kind::kLink);
  CHECK(fixture.content("d/link") == "../elsewhere");
  const auto page = fixture.drive->list(fixture.actor, {at("d")});
  REQUIRE(page);
  CHECK(page->entries.at(0).kind == Kind::kLink);
}

TEST_CASE("link: its mode is 0777, whatever was sent") {
  NamespaceFixture fixture;
  REQUIRE(fixture.put_link("link", "x"));
  CHECK(fixture.stat("link").entry.attributes.mode == 0777);
}

TEST_CASE("link: a target has 1 to 4096 bytes and no zero byte") {
  NamespaceFixture fixture;
  CHECK(outcome(fixture.put_link("link", "")) == "invalid");
  CHECK(outcome(fixture.put_link("link", std::string_view("a\0b", 3))) == "invalid");
  CHECK(outcome(fixture.put_link("link", std::string(4097, 'x'))) == "invalid");
  CHECK(fixture.names().empty());
  CHECK(outcome(fixture.put_link("link", std::string(4096, 'x'))) == "done");
}

TEST_CASE("link: in the place of a file it is a new version of the same node, and the other way round") {
  NamespaceFixture fixture;
  const auto file = fixture.put("a", "text");
  const auto link = fixture.put_link("a", "text");
  REQUIRE(link);
  CHECK(link->version > file->version);
  CHECK_FALSE(link->unchanged);
  CHECK(fixture.stat("a").versions == 2);
  CHECK(fixture.stat("a").entry.kind == Kind::kLink);
  REQUIRE(fixture.put("a", "text"));
  CHECK(fixture.stat("a").versions == 3);
  CHECK(fixture.stat("a").entry.kind == Kind::kFile);
  CHECK(fixture.totals("") == Totals{1, 0, 4});
}

TEST_CASE("link: an earlier version has the kind that it was made with") {
  NamespaceFixture fixture;
  const auto link = fixture.put_link("a", "target");
  REQUIRE(fixture.put("a", "file"));
  const auto reader = fixture.drive->open_file(fixture.actor, {at("a"), link->version});
  REQUIRE(reader);
  CHECK((*reader)->kind() == Kind::kLink);
}

TEST_CASE("link: the same link again is unchanged") {
  NamespaceFixture fixture;
  REQUIRE(fixture.put_link("a", "target"));
  const auto again = fixture.put_link("a", "target");
  REQUIRE(again);
  CHECK(again->unchanged);
}

TEST_CASE("link: nothing can be below it") {
  NamespaceFixture fixture;
  REQUIRE(fixture.put_link("a", "folder"));
  REQUIRE(fixture.put("folder/file", "1"));
  CHECK(outcome(fixture.put("a/file", "1")) == "not_folder");
  CHECK(outcome(fixture.make_folder("a/below")) == "not_folder");
  CHECK(outcome(fixture.make_folder("a")) == "not_folder");
}

TEST_CASE("link: the content is stored once with a file's of the same bytes") {
  NamespaceFixture fixture;
  REQUIRE(fixture.put("a", "text"));
  REQUIRE(fixture.put_link("b", "text"));
  CHECK(fixture.object_files().size() == 1);
}

}  // namespace ndisk::storage
