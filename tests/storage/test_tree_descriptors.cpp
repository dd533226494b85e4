// What the mirror of the tree keeps open.
#include <cerrno>

#include "tests/storage/drive_fixture.hpp"

namespace ndisk::storage {
namespace {

namespace fs = std::filesystem;

// Descriptors of this process for what is below tree/.
std::size_t open_below_tree(const DriveFixture& fixture) {
  const auto tree = fs::canonical(fixture.data("tree")).string() + "/";
  std::size_t count = 0;
  for (const auto& one : fs::directory_iterator("/proc/self/fd")) {
    std::error_code closed;
    if (fs::read_symlink(one.path(), closed).string().starts_with(tree)) ++count;
  }
  return count;
}

void put_as_users(DriveFixture& fixture, int users) {
  for (int i = 0; i < users; ++i) {
    const auto name = "user" + std::to_string(i);
    REQUIRE(fixture.drive->accounts().create_user(name, std::nullopt));
    fixture.become(name);
    REQUIRE(fixture.put("folder/file", name));
  }
}

}  // namespace

TEST_CASE("tree: the number of open folders does not grow with the number of users") {
  DriveFixture fixture;
  put_as_users(fixture, 100);
  REQUIRE(fixture.drive->flush_tree());
  CHECK(DriveFixture::read_file(fixture.data("tree/user0/folder/file")) == "user0");
  CHECK(DriveFixture::read_file(fixture.data("tree/user99/folder/file")) == "user99");
  CHECK(open_below_tree(fixture) > 0);
  CHECK(open_below_tree(fixture) <= 64);
}

TEST_CASE("tree: where descriptors are short, those of its folders are given up") {
  DriveFixture fixture;
  put_as_users(fixture, 5);
  REQUIRE(fixture.drive->flush_tree());
  CHECK(open_below_tree(fixture) >= 10);
  fixture.files.fail_opening("user", EMFILE);
  REQUIRE(fixture.drive->accounts().create_user("user-late", std::nullopt));
  fixture.become("user-late");
  REQUIRE(fixture.put("file", "late"));
  CHECK_FALSE(fixture.drive->flush_tree());
  CHECK(open_below_tree(fixture) == 0);
  fixture.files.heal();
  REQUIRE(fixture.drive->flush_tree());
  CHECK(DriveFixture::read_file(fixture.data("tree/user-late/file")) == "late");
}

}  // namespace ndisk::storage
