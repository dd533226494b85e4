#include <sys/stat.h>

#include "client/transfer/local_target.hpp"
#include "tests/catch.hpp"
#include "tests/client/scratch_folder.hpp"

namespace ndisk::client {
namespace {

Stamp stamp_at(const std::string& path) {
  struct stat status {};
  REQUIRE(::stat(path.c_str(), &status) == 0);
  return stamp_of(status);
}

Existing examine(const std::string& path, std::string_view content) {
  const auto existing = examine_target(path, content.size(), sha256(as_bytes(content)));
  REQUIRE(existing);
  return *existing;
}

TEST_CASE("local target: tells what stands there") {
  const ScratchFolder scratch;
  const auto path = scratch.write("a", "same");
  CHECK(examine(scratch.path("nothing"), "same") == Existing::kNothing);
  CHECK(examine(path, "same") == Existing::kIdentical);
  CHECK(examine(path, "SAME") == Existing::kOther);
  CHECK(examine(path, "longer than that") == Existing::kOther);
}

TEST_CASE("local target: a folder is never replaced by a file") {
  const ScratchFolder scratch;
  const auto existing = look_at_target(scratch.path(), 1);
  REQUIRE(!existing);
  CHECK(existing.error().code == ErrorCode::kIsFolder);
}

TEST_CASE("local target: a device is never replaced by a file") {
  const auto existing = look_at_target("/dev/null", 0);
  REQUIRE(!existing);
  CHECK(existing.error().code == ErrorCode::kInvalid);
}

TEST_CASE("local target: a small file replaces what was there, with exactly its mode and time") {
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

TEST_CASE("local target: a failure leaves no temporary file") {
  const ScratchFolder scratch;
  std::filesystem::create_directories(scratch.path("a/in-the-way"));
  CHECK(!place_small(scratch.path("a"), as_bytes("new"), {}));
  CHECK(std::distance(std::filesystem::directory_iterator(scratch.path()), {}) == 1);
}

TEST_CASE("local target: attributes alone can be set") {
  const ScratchFolder scratch;
  const auto path = scratch.write("a", "abc");
  const Stamp stamp{.size = 3, .mtime = 1'000'000'007, .mode = 0444};
  REQUIRE(apply_attributes(path, stamp));
  CHECK(stamp_at(path) == stamp);
}

TEST_CASE("local target: an existing folder is fine, a file in its place is not") {
  const ScratchFolder scratch;
  CHECK(make_local_folder(scratch.path("new")));
  CHECK(make_local_folder(scratch.path("new")));
  const auto made = make_local_folder(scratch.write("file"));
  REQUIRE(!made);
  CHECK(made.error().code == ErrorCode::kNotFolder);
}

}  // namespace
}  // namespace ndisk::client
