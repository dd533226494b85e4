#include <sys/stat.h>

#include "client/download/local_target.hpp"
#include "tests/catch.hpp"
#include "tests/client/scratch_folder.hpp"

namespace ndisk::client {
namespace {

constexpr bool kTrustTime = true;

Stamp stamp_at(const std::string& path) {
  struct stat status {};
  REQUIRE(::lstat(path.c_str(), &status) == 0);
  return stamp_of(status);
}

Wanted wanted(std::string_view content, TimeNs mtime = 1) {
  return {.stamp = {.size = content.size(), .mtime = mtime}, .sha256 = sha256(as_bytes(content))};
}

Wanted wanted_link(std::string_view target) {
  auto link = wanted(target);
  link.is_link = true;
  return link;
}

Existing examine(const std::string& path, const Wanted& what) {
  const auto existing = examine_target(path, what, kTrustTime);
  REQUIRE(existing);
  return *existing;
}

TEST_CASE("local target: tells what stands there") {
  const ScratchFolder scratch;
  const auto path = scratch.write("a", "same");
  CHECK(examine(scratch.path("nothing"), wanted("same")) == Existing::kNothing);
  CHECK(examine(path, wanted("same")) == Existing::kIdentical);
  CHECK(examine(path, wanted("SAME")) == Existing::kOther);
  CHECK(examine(path, wanted("longer than that")) == Existing::kOther);
}

TEST_CASE("local target: a file of the same size and time is not read") {
  const ScratchFolder scratch;
  const auto path = scratch.write("a", "here");
  const auto there = wanted("THEY", stamp_at(path).mtime);
  CHECK(examine(path, there) == Existing::kUnchanged);
  CHECK(examine_target(path, there, !kTrustTime).value() == Existing::kOther);
}

TEST_CASE("local target: a link is compared by where it leads, and never followed") {
  const ScratchFolder scratch;
  scratch.write("file", "target");
  std::filesystem::create_symlink("file", scratch.path("link"));
  CHECK(examine(scratch.path("link"), wanted_link("file")) == Existing::kIdentical);
  CHECK(examine(scratch.path("link"), wanted_link("elsewhere")) == Existing::kOther);
  CHECK(examine(scratch.path("link"), wanted("target")) == Existing::kOther);
  CHECK(examine(scratch.path("file"), wanted_link("target")) == Existing::kOther);
}

TEST_CASE("local target: a link that leads nowhere stands there all the same") {
  const ScratchFolder scratch;
  std::filesystem::create_symlink("nowhere", scratch.path("link"));
  CHECK(stands_there(scratch.path("link")));
  CHECK(!stands_there(scratch.path("nowhere")));
}

TEST_CASE("local target: a folder is never replaced by a file") {
  const ScratchFolder scratch;
  const auto existing = look_at_target(scratch.path(), wanted("x"), kTrustTime);
  REQUIRE(!existing);
  CHECK(existing.error().code == ErrorCode::kIsFolder);
}

TEST_CASE("local target: a device is never replaced by a file") {
  const auto existing = look_at_target("/dev/null", wanted(""), kTrustTime);
  REQUIRE(!existing);
  CHECK(existing.error().code == ErrorCode::kInvalid);
}

}  // namespace
}  // namespace ndisk::client
