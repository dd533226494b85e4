#include <fcntl.h>
#include <sys/stat.h>

#include "client/download/local_placing.hpp"
#include "tests/catch.hpp"
#include "tests/client/scratch_folder.hpp"

namespace ndisk::client {
namespace {

Stamp stamp_at(const std::string& path) {
  struct stat status {};
  REQUIRE(::lstat(path.c_str(), &status) == 0);
  return stamp_of(status);
}

std::ptrdiff_t count_in(const std::string& folder) {
  return std::distance(std::filesystem::directory_iterator(folder), {});
}

TEST_CASE("local placing: a small file replaces what was there, with exactly its mode and time") {
  const ScratchFolder scratch;
  const auto path = scratch.write("a", "old");
  const Stamp stamp{.size = 3, .mtime = -1, .mode = 0604};
  const auto before = ::umask(077);
  const auto placed = place_small(path, as_bytes("new"), stamp);
  ::umask(before);
  REQUIRE(placed);
  CHECK(scratch.read("a") == "new");
  CHECK(stamp_at(path) == stamp);
}

TEST_CASE("local placing: over nothing, whatever stands there stays") {
  const ScratchFolder scratch;
  const auto path = scratch.path("a");
  SECTION("a file") { scratch.write("a", "old"); }
  SECTION("a link that leads nowhere") { std::filesystem::create_symlink("nowhere", path); }
  const auto before = stamp_at(path);
  CHECK_FALSE(place_small(path, as_bytes("new"), {}, Over::kNothing).value());
  CHECK_FALSE(place_link(path, as_bytes("new"), {}, Over::kNothing).value());
  CHECK(stamp_at(path) == before);
  CHECK(count_in(scratch.path()) == 1);
}

TEST_CASE("local placing: over nothing, a free name is taken") {
  const ScratchFolder scratch;
  CHECK(place_small(scratch.path("a"), as_bytes("new"), {.mode = 0600}, Over::kNothing).value());
  CHECK(place_link(scratch.path("b"), as_bytes("a"), {}, Over::kNothing).value());
  CHECK(scratch.read("b") == "new");
  CHECK(count_in(scratch.path()) == 2);
}

TEST_CASE("local placing: a failure leaves no temporary file") {
  const ScratchFolder scratch;
  std::filesystem::create_directories(scratch.path("a/in-the-way"));
  CHECK(!place_small(scratch.path("a"), as_bytes("new"), {}));
  CHECK(!place_link(scratch.path("a"), as_bytes("new"), {}));
  CHECK(count_in(scratch.path()) == 1);
}

TEST_CASE("local placing: attributes alone can be set") {
  const ScratchFolder scratch;
  const auto path = scratch.write("a", "abc");
  const Stamp stamp{.size = 3, .mtime = 1'000'000'007, .mode = 0444};
  REQUIRE(apply_attributes(path, stamp));
  CHECK(stamp_at(path) == stamp);
}

TEST_CASE("local placing: attributes are never set through a link") {
  const ScratchFolder scratch;
  const auto file = scratch.write("file", "abc");
  const auto before = stamp_at(file);
  std::filesystem::create_symlink("file", scratch.path("link"));
  CHECK(!apply_attributes(scratch.path("link"), {.size = 3, .mtime = 7, .mode = 0400}));
  REQUIRE(apply_link_time(scratch.path("link"), {.mtime = 7}));
  CHECK(stamp_at(file) == before);
  CHECK(stamp_at(scratch.path("link")).mtime == 7);
}

TEST_CASE("local placing: a link replaces a file or a link, with its time") {
  const ScratchFolder scratch;
  scratch.write("a", "file");
  for (const std::string target : {"nowhere/at all", "b\xff"}) {
    REQUIRE(place_link(scratch.path("a"), as_bytes(target), {.mtime = 981'173'106'123'456'789}));
    CHECK(std::filesystem::read_symlink(scratch.path("a")) == target);
    CHECK(stamp_at(scratch.path("a")).mtime == 981'173'106'123'456'789);
  }
  CHECK(count_in(scratch.path()) == 1);
}

TEST_CASE("local placing: a link whose target can't be is refused") {
  const ScratchFolder scratch;
  const auto target = GENERATE(std::string(), std::string("a\0b", 3), std::string(4097, 'a'));
  const auto placed = place_link(scratch.path("a"), as_bytes(target), {});
  REQUIRE(!placed);
  CHECK(placed.error().code == ErrorCode::kProtocol);
  CHECK(count_in(scratch.path()) == 0);
}

TEST_CASE("local placing: an existing folder is fine, a file or a link in its place is not") {
  const ScratchFolder scratch;
  CHECK(make_local_folder(scratch.path("new"), false) == false);
  CHECK(make_local_folder(scratch.path("new"), false) == true);
  std::filesystem::create_symlink("new", scratch.path("link"));
  CHECK(make_local_folder(scratch.path("link"), true) == true);
  for (const auto& path : {scratch.write("file"), scratch.path("link")}) {
    const auto made = make_local_folder(path, false);
    REQUIRE(!made);
    CHECK(made.error().code == ErrorCode::kNotFolder);
  }
}

TEST_CASE("local placing: only old leftovers go, and only what has the name of one") {
  const ScratchFolder scratch;
  scratch.write(".ndisk-0123456789abcdef.tmp");
  scratch.write(".ndisk-notes.tmp");
  scratch.write("a");
  // What was made just now is not old, whatever its mtime says: that is set before a file gets its name.
  REQUIRE(apply_attributes(scratch.path(".ndisk-0123456789abcdef.tmp"), {.mtime = 1}));
  remove_leftovers(scratch.path());
  CHECK(count_in(scratch.path()) == 3);
  const TimeNs in_two_days = SystemClock().now() + 2 * 24 * 3600 * kSecondNs;
  remove_leftovers(scratch.path(), in_two_days);
  CHECK(!std::filesystem::exists(scratch.path(".ndisk-0123456789abcdef.tmp")));
  CHECK(count_in(scratch.path()) == 2);
}

}  // namespace
}  // namespace ndisk::client
