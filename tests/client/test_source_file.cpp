#include <sys/stat.h>

#include <chrono>
#include <filesystem>
#include <limits>

#include "client/transfer/source_file.hpp"
#include "common/protocol/limits.hpp"
#include "tests/catch.hpp"
#include "tests/client/scratch_folder.hpp"

namespace ndisk::client {
namespace {

TEST_CASE("source file: a small file is read whole with its digest") {
  const ScratchFolder scratch;
  const auto content = read_small(scratch.write("a", "hello"), kFollowAll);
  REQUIRE(content);
  REQUIRE(*content);
  CHECK(as_text((*content)->bytes) == "hello");
  CHECK((*content)->sha256 == sha256(as_bytes("hello")));
  CHECK((*content)->stamp.size == 5);
}

TEST_CASE("source file: the content of a small file stands behind the room that was asked for its stamp") {
  const ScratchFolder scratch;
  const auto room_of = [](const Stamp& stamp) { return stamp.size + 2; };
  const auto read = read_small(scratch.write("a", "hello"), kFollowAll, room_of);
  REQUIRE(read);
  REQUIRE(*read);
  CHECK((*read)->room == 7);
  CHECK((*read)->bytes.size() == 12);
  CHECK(as_text((*read)->content()) == "hello");
  CHECK((*read)->sha256 == sha256(as_bytes("hello")));
}

TEST_CASE("source file: the largest small file is small, one byte more is not") {
  const ScratchFolder scratch;
  const auto largest = read_small(scratch.write("a", std::string(protocol::kMaxSmallFileBytes, 'x')), kFollowAll);
  const auto too_large = read_small(scratch.write("b", std::string(protocol::kMaxSmallFileBytes + 1, 'x')), kFollowAll);
  REQUIRE(largest);
  CHECK(largest->has_value());
  REQUIRE(too_large);
  CHECK(!too_large->has_value());
}

TEST_CASE("source file: only the permission bits of the mode are sent") {
  const ScratchFolder scratch;
  const auto path = scratch.write("a");
  REQUIRE(::chmod(path.c_str(), 04751) == 0);
  CHECK(SourceFile::open(path, kFollowAll)->stamp().mode == 0751);
}

TEST_CASE("source file: one that was written since it was opened is changed, and with its old mtime touched") {
  const ScratchFolder scratch;
  const auto path = scratch.write("a", "old");
  const auto file = SourceFile::open(path, kFollowAll);
  REQUIRE(file);
  CHECK(file->since_opened() == SinceOpened::kSame);
  const auto mtime = std::filesystem::last_write_time(path);
  std::filesystem::last_write_time(path, mtime - std::chrono::hours(1));
  CHECK(file->since_opened() == SinceOpened::kChanged);
  std::filesystem::last_write_time(path, mtime);
  CHECK(file->since_opened() == SinceOpened::kTouched);
}

TEST_CASE("source file: one that was given another mode or name since it was opened is touched") {
  const ScratchFolder scratch;
  const auto path = scratch.write("a", "content");
  const auto file = SourceFile::open(path, kFollowAll);
  REQUIRE(file);
  SECTION("a mode") { REQUIRE(::chmod(path.c_str(), 0600) == 0); }
  SECTION("a name") { std::filesystem::create_hard_link(path, scratch.path("b")); }
  CHECK(file->since_opened() == SinceOpened::kTouched);
}

TEST_CASE("source file: a file that gives more than its size says is refused, not stored empty") {
  const auto content = read_small("/proc/version", kFollowAll);
  REQUIRE(!content);
  CHECK(content.error().code == ErrorCode::kInvalid);
}

TEST_CASE("source file: a time that nanoseconds can't hold becomes the nearest that they can") {
  struct stat status {};
  status.st_mtim.tv_sec = 32'503'680'000;  // the year 3000
  CHECK(stamp_of(status).mtime == std::numeric_limits<TimeNs>::max());
  status.st_mtim.tv_sec = -32'503'680'000;
  CHECK(stamp_of(status).mtime == std::numeric_limits<TimeNs>::min());
}

TEST_CASE("source file: a file that grows is noticed") {
  const ScratchFolder scratch;
  const auto path = scratch.write("a", "before");
  const auto file = SourceFile::open(path, kFollowAll);
  REQUIRE(file);
  CHECK(file->since_opened() == SinceOpened::kSame);
  std::ofstream(path, std::ios::app) << "more";
  CHECK(file->since_opened() == SinceOpened::kChanged);
}

TEST_CASE("source file: reading stops where the file ends now") {
  const ScratchFolder scratch;
  const auto path = scratch.write("a", "123456");
  const auto file = SourceFile::open(path, kFollowAll);
  REQUIRE(file);
  std::filesystem::resize_file(path, 4);
  Bytes buffer(6);
  CHECK(file->read(2, buffer) == 2);
  CHECK(file->read(4, buffer) == 0);
}

TEST_CASE("source file: a pipe nobody writes to is refused without waiting") {
  const ScratchFolder scratch;
  REQUIRE(::mkfifo(scratch.path("pipe").c_str(), 0600) == 0);
  const auto file = SourceFile::open(scratch.path("pipe"), kFollowAll);
  REQUIRE(!file);
  CHECK(file.error().code == ErrorCode::kInvalid);
}

}  // namespace
}  // namespace ndisk::client
