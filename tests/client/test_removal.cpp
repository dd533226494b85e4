// What --then-remove removes, and what not, once the server has proved that it holds it.
#include <sys/stat.h>

#include "client/proof/proof.hpp"
#include "tests/catch.hpp"
#include "tests/client/scratch_folder.hpp"

namespace ndisk::client {
namespace {

namespace fs = std::filesystem;

// x/folder/file and x/folder/link, found below x.
struct Found {
  ScratchFolder scratch;
  std::vector<Removal> removals;

  Found() {
    scratch.write("x/folder/file", "content");
    fs::create_symlink("target", scratch.path("x/folder/link"));
    for (const bool is_link : {false, true}) {
      Removal removal{.local = scratch.path(is_link ? "x/folder/link" : "x/folder/file"),
                      .followed = scratch.path("x").size(),
                      .remote = {},
                      .is_link = is_link,
                      .stamp = {}};
      const auto content =
          is_link ? read_link(removal.local, removal.followed) : read_small(removal.local, removal.followed);
      removal.stamp = content.value().value().stamp;
      removals.push_back(removal);
    }
  }
  [[nodiscard]] bool stands(const std::string& name) const {
    return fs::exists(fs::symlink_status(scratch.path(name)));
  }
};

TEST_CASE("removal: a file and a link that are what was put go") {
  const Found found;
  for (const auto& removal : found.removals) CHECK(remove_if_same(removal));
  CHECK(fs::is_empty(found.scratch.path("x/folder")));
}

TEST_CASE("removal: nothing is removed from a folder that a link leads to since") {
  const Found found;
  fs::rename(found.scratch.path("x/folder"), found.scratch.path("beside"));
  fs::create_directory_symlink(found.scratch.path("beside"), found.scratch.path("x/folder"));
  for (const auto& removal : found.removals) {
    const auto removed = remove_if_same(removal);
    REQUIRE_FALSE(removed);
    CHECK(removed.error().code == ErrorCode::kConflict);
  }
  CHECK(found.stands("beside/file"));
  CHECK(found.stands("beside/link"));
}

TEST_CASE("removal: what became another file, or a link to the same one, stays") {
  const Found found;
  SECTION("another") { found.scratch.write("x/folder/file", "other content"); }
  SECTION("a link") {
    fs::rename(found.scratch.path("x/folder/file"), found.scratch.path("beside"));
    fs::create_symlink(found.scratch.path("beside"), found.scratch.path("x/folder/file"));
  }
  const auto removed = remove_if_same(found.removals.front());
  REQUIRE_FALSE(removed);
  CHECK(removed.error().code == ErrorCode::kConflict);
  CHECK(found.stands("x/folder/file"));
}

TEST_CASE("removal: of a link that was named itself, and put as what it leads to, the link goes") {
  const Found found;
  fs::create_symlink(found.scratch.path("x/folder/file"), found.scratch.path("named"));
  auto removal = found.removals.front();
  removal.local = found.scratch.path("named");
  removal.followed = kFollowAll;
  CHECK(remove_if_same(removal));
  CHECK_FALSE(found.stands("named"));
  CHECK(found.stands("x/folder/file"));
}

}  // namespace
}  // namespace ndisk::client
