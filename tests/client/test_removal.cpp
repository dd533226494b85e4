// What --then-remove removes, and what not, once the server has proved that it holds it.
#include <fcntl.h>
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
  std::vector<FileState> states;

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
      states.push_back(content.value().value().state);
    }
  }
  static FileState state(const std::string& path) { return SourceFile::open(path, kFollowAll).value().state(); }
  [[nodiscard]] Result<bool> remove(std::size_t which) const { return remove_if_same(removals[which], states[which]); }
  [[nodiscard]] bool stands(const std::string& name) const {
    return fs::exists(fs::symlink_status(scratch.path(name)));
  }
};

void give_times_of(const std::string& from, const std::string& to) {
  struct stat status {};
  REQUIRE(::lstat(from.c_str(), &status) == 0);
  const timespec times[] = {status.st_atim, status.st_mtim};
  REQUIRE(::utimensat(AT_FDCWD, to.c_str(), times, AT_SYMLINK_NOFOLLOW) == 0);
}

TEST_CASE("removal: a file and a link that are what was put go") {
  const Found found;
  for (const std::size_t which : {0, 1}) CHECK(found.remove(which) == true);
  CHECK(fs::is_empty(found.scratch.path("x/folder")));
}

TEST_CASE("removal: nothing is removed from a folder that a link leads to since") {
  const Found found;
  fs::rename(found.scratch.path("x/folder"), found.scratch.path("beside"));
  fs::create_directory_symlink(found.scratch.path("beside"), found.scratch.path("x/folder"));
  for (const std::size_t which : {0, 1}) {
    const auto removed = found.remove(which);
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
  const auto removed = found.remove(0);
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
  CHECK(remove_if_same(removal, found.states.front()) == true);
  CHECK_FALSE(found.stands("named"));
  CHECK(found.stands("x/folder/file"));
}

TEST_CASE("removal: another file or link stays that has the size, mtime and mode of the one that was put") {
  const Found found;
  const std::size_t which = GENERATE(0, 1);
  const auto& path = found.removals[which].local;
  const auto aside = found.scratch.path("aside");
  fs::rename(path, aside);
  if (which == 0) found.scratch.write("x/folder/file", "CONTENT");
  if (which == 1) fs::create_symlink("TARGET", path);
  give_times_of(aside, path);
  const auto removed = found.remove(which);
  REQUIRE_FALSE(removed);
  CHECK(removed.error().code == ErrorCode::kConflict);
  CHECK(fs::exists(fs::symlink_status(path)));
}

TEST_CASE("removal: a file that was touched since it was read is read again first") {
  const Found found;
  const auto& path = found.removals.front().local;
  fs::create_hard_link(path, found.scratch.path("beside"));
  do {
    give_times_of(path, path);
  } while (Found::state(path) == found.states.front());
  CHECK(found.remove(0) == false);
  CHECK(found.stands("x/folder/file"));
}

}  // namespace
}  // namespace ndisk::client
