// Rebuilding where an object has rotted, and its content is whole in another one.
#include "tests/storage/rebuild_fixture.hpp"

namespace ndisk::storage {
namespace {

namespace fs = std::filesystem;

class RottenFixture : public RebuildFixture {
 public:
  // Another object with the content of one, which a drive has where the first was damaged or full. Its name: in the
  // tree, if it is anybody's.
  void add_twin(std::string_view content, const std::string& name_in_tree = "") {
    const auto object = object_of(content);
    const auto twin = object.substr(0, object.rfind('.')) + ".70000";
    fs::copy_file(object, twin);
    if (!name_in_tree.empty()) fs::create_hard_link(twin, data("tree/" + name_in_tree));
    rot(object, "wrong");
  }
  void put_as(const std::string& user, std::string_view path, std::string_view content) {
    const auto before = actor;
    REQUIRE(drive->accounts().create_user(user, std::nullopt));
    become(user);
    REQUIRE(put(path, content));
    actor = before;
  }
  // The one that this file of the tree is a link to, and no other with its content.
  void rot_object_of(const std::string& name_in_tree) {
    for (const auto& path : object_files()) {
      if (fs::equivalent(path, data("tree/" + name_in_tree))) rot(path, "wrong");
    }
  }
};

}  // namespace

TEST_CASE("rebuild: a file whose object has rotted comes back by another object of its user's with that content") {
  const std::string name = GENERATE("a twin", "z twin");
  RottenFixture fixture;
  REQUIRE(fixture.put("file", "right"));
  fixture.lose_catalog();
  fixture.add_twin("right", "owner/" + name);
  const auto report = fixture.must_rebuild();
  CHECK(report.left == 0);
  CHECK(report.files == 2);
  CHECK(report.copied == 0);
  CHECK(fixture.in_quarantine() == 1);
  fixture.open();
  CHECK(fixture.content("file") == "right");
  CHECK(fixture.content(name) == "right");
}

TEST_CASE("rebuild: a file whose object has rotted comes back by an object with that content that nothing leads to") {
  RottenFixture fixture;
  REQUIRE(fixture.put("file", "right"));
  fixture.lose_catalog();
  fixture.add_twin("right");
  CHECK(fixture.must_rebuild().left == 0);
  fixture.open();
  CHECK(fixture.content("file") == "right");
}

TEST_CASE("rebuild: a file whose object has rotted comes back by a copy of another user's with that content") {
  const std::string user = GENERATE("ann", "zoe");
  RottenFixture fixture;
  REQUIRE(fixture.put("file", "right"));
  REQUIRE(fixture.put("same", "right"));
  fixture.put_as(user, "theirs", "right");
  REQUIRE(fixture.drive->flush_tree());
  fixture.lose_catalog();
  fixture.rot_object_of("owner/file");
  const auto report = fixture.must_rebuild();
  CHECK(report.left == 0);
  CHECK(report.files == 3);
  CHECK(report.copied == 1);
  CHECK(fixture.in_quarantine() == 1);
  fixture.open();
  REQUIRE(fixture.drive->flush_tree());
  REQUIRE(fixture.drive->collect());
  CHECK(fixture.content("file") == "right");
  CHECK(fixture.content("same") == "right");
  CHECK(DriveFixture::read_file(fixture.data("tree/owner/file")) == "right");
  CHECK(fixture.object_files().size() == 2);
  fixture.become(user);
  CHECK(fixture.content("theirs") == "right");
}

TEST_CASE("rebuild: a file whose object an interrupted one put aside as rotten comes back by whole content") {
  RottenFixture fixture;
  REQUIRE(fixture.put("file", "right"));
  fixture.put_as("ann", "theirs", "right");
  REQUIRE(fixture.drive->flush_tree());
  fixture.lose_catalog();
  fixture.rot_object_of("owner/file");
  fixture.must_rebuild();
  for (const char* name : {"ndisk.db", "ndisk.db-wal", "ndisk.db-shm"}) fs::remove(fixture.data(name));
  CHECK(fixture.must_rebuild().left == 0);
  fixture.open();
  CHECK(fixture.content("file") == "right");
}

TEST_CASE("rebuild: a file whose object has rotted, as has all else with its content, is left out") {
  RottenFixture fixture;
  REQUIRE(fixture.put("file", "right"));
  fixture.put_as("ann", "theirs", "right");
  REQUIRE(fixture.drive->flush_tree());
  fixture.lose_catalog();
  fixture.rot_object_of("owner/file");
  fixture.rot_object_of("ann/theirs");
  CHECK(fixture.must_rebuild().left == 2);
  CHECK(fixture.in_quarantine() == 2);
  fixture.open();
  CHECK(fixture.names().empty());
}

TEST_CASE("rebuild: a file that was kept unread takes the place of one whose object has rotted") {
  const std::string kept = GENERATE("file", "file/below");
  RottenFixture fixture;
  REQUIRE(fixture.put("file", "right"));
  REQUIRE(fixture.put("same", "whole"));
  fixture.lose_catalog();
  fixture.rot_object_of("owner/file");
  fs::create_directories(fs::path(fixture.data("tree-unread/owner/" + kept)).parent_path());
  std::ofstream(fixture.data("tree-unread/owner/" + kept)) << "older";
  const auto report = fixture.must_rebuild();
  CHECK(report.left >= 1);
  fixture.open();
  CHECK(fixture.content(kept) == "older");
}

}  // namespace ndisk::storage
