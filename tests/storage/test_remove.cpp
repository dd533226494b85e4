#include "tests/storage/drive_fixture.hpp"

namespace ndisk::storage {

TEST_CASE("remove: a file goes from the drive, and its versions stay") {
  DriveFixture fixture;
  const auto put = fixture.put("a", "one");
  const auto change = fixture.remove("a");
  REQUIRE(change);
  CHECK(*change == put->change + 1);
  CHECK(fixture.names().empty());
  CHECK(fixture.content("a") == "error not_found");
  CHECK(fixture.content(OpenTarget{{}, put->version}) == "one");
  CHECK(fixture.drive->status()->files == 0);
  CHECK(fixture.drive->status()->bytes == 0);
}

TEST_CASE("remove: a folder goes only with recursive, and takes all below along") {
  DriveFixture fixture;
  const auto put = fixture.put("a/b/c", "one");
  REQUIRE(fixture.put("a/d", "two"));
  REQUIRE(fixture.put("keep", "three"));
  CHECK(fixture.remove("a").error().code == ErrorCode::kIsFolder);
  REQUIRE(fixture.remove("a", true));
  CHECK(fixture.names("", true) == std::vector<std::string>{"keep"});
  CHECK(fixture.content("a/b/c") == "error not_found");
  CHECK(fixture.content(OpenTarget{{}, put->version}) == "one");
  CHECK(fixture.drive->status()->files == 1);
  CHECK(fixture.drive->status()->bytes == 5);
}

TEST_CASE("remove: the name is free again afterwards, for a file or a folder") {
  DriveFixture fixture;
  REQUIRE(fixture.put("a/b", "one"));
  REQUIRE(fixture.remove("a", true));
  REQUIRE(fixture.put("a", "a file now"));
  CHECK(fixture.content("a") == "a file now");
  REQUIRE(fixture.remove("a"));
  REQUIRE(fixture.put("a/b", "below again"));
  CHECK(fixture.names("", true) == std::vector<std::string>{"a/", "a/b"});
}

TEST_CASE("remove: what is not there, and the drive itself, are errors") {
  DriveFixture fixture;
  CHECK(fixture.remove("a").error().code == ErrorCode::kNotFound);
  CHECK(fixture.remove("a/b", true).error().code == ErrorCode::kNotFound);
  CHECK(fixture.remove("", true).error().code == ErrorCode::kInvalid);
}

TEST_CASE("remove: a repeated request id is answered again and removes nothing") {
  DriveFixture fixture;
  const auto id = random_bytes<16>();
  REQUIRE(fixture.put("a", "one"));
  const auto first = fixture.remove("a", false, id);
  REQUIRE(first);
  REQUIRE(fixture.put("a", "two"));
  const auto again = fixture.remove("a", false, id);
  REQUIRE(again);
  CHECK(*again == *first);
  CHECK(fixture.content("a") == "two");
}

TEST_CASE("request id: one that was used for something else is refused") {
  DriveFixture fixture;
  auto file = fixture.small("a", to_bytes("one"));
  REQUIRE(fixture.put(file));
  CHECK(fixture.remove("a", false, file.request_id).error().code == ErrorCode::kInvalid);
  CHECK(fixture.content("a") == "one");
}

TEST_CASE("folder: made with its parents; one that exists is fine") {
  DriveFixture fixture;
  const auto made = fixture.make_folder("a/b/c");
  REQUIRE(made);
  CHECK(fixture.names("", true) == std::vector<std::string>{"a/", "a/b/", "a/b/c/"});
  const auto again = fixture.make_folder("a/b");
  REQUIRE(again);
  CHECK(*again == *made);
  CHECK(fixture.make_folder(""));
}

TEST_CASE("folder: a file in the way is an error") {
  DriveFixture fixture;
  REQUIRE(fixture.put("a", "one"));
  CHECK(fixture.make_folder("a").error().code == ErrorCode::kNotFolder);
  CHECK(fixture.make_folder("a/b").error().code == ErrorCode::kNotFolder);
}

}  // namespace ndisk::storage
