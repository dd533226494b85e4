#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "client/download/part_file.hpp"
#include "tests/catch.hpp"
#include "tests/client/scratch_folder.hpp"

namespace ndisk::client {
namespace {

const std::string kContent = "the whole content";
const Stamp kStamp{.size = kContent.size(), .mtime = 981'173'106'123'456'789, .mode = 0640};

PartFile open_part(const std::string& target, const std::string& content = kContent) {
  auto part = PartFile::open(target, content.size(), sha256(as_bytes(content)));
  REQUIRE(part);
  bool taken_up = false;
  while (!taken_up) taken_up = part->take_up().value();
  return std::move(*part);
}

void append(PartFile& part, std::string_view bytes) { REQUIRE(part.append(as_bytes(bytes))); }

TEST_CASE("part file: a whole one becomes the target, with its attributes, and leaves nothing else") {
  const ScratchFolder scratch;
  auto part = open_part(scratch.path("song"));
  append(part, kContent);
  REQUIRE(part.is_intact());
  REQUIRE(part.finish(kStamp));
  CHECK(scratch.read("song") == kContent);
  struct stat status {};
  REQUIRE(::stat(scratch.path("song").c_str(), &status) == 0);
  CHECK(stamp_of(status) == kStamp);
  CHECK(!std::filesystem::exists(scratch.path(part_folder_name())));
}

TEST_CASE("part file: what an earlier try left is taken up") {
  const ScratchFolder scratch;
  {
    auto earlier = open_part(scratch.path("song"));
    append(earlier, kContent.substr(0, 7));
  }
  auto part = open_part(scratch.path("song"));
  CHECK(part.is_resumed());
  CHECK(part.position() == 7);
  append(part, kContent.substr(7));
  CHECK(part.is_intact());
}

// Root writes to any file: who runs these as root is somebody else for a while.
class AsNobody {
 public:
  explicit AsNobody(const ScratchFolder& scratch) {
    if (::geteuid() != 0) return;
    REQUIRE(::chown(scratch.path().c_str(), kNobody, kNobody) == 0);
    REQUIRE(::seteuid(kNobody) == 0);
    is_another_ = true;
  }
  AsNobody(const AsNobody&) = delete;
  AsNobody& operator=(const AsNobody&) = delete;
  ~AsNobody() {
    if (is_another_ && ::seteuid(0) != 0) std::abort();
  }

 private:
  static constexpr uid_t kNobody = 65534;
  bool is_another_ = false;
};

TEST_CASE("part file: one that was whole but for its name is taken up whatever mode it got") {
  const auto mode = GENERATE(as<mode_t>(), 0444, 0400, 0555);
  const ScratchFolder scratch;
  const AsNobody as_nobody(scratch);
  const auto target = scratch.path("song");
  {
    auto earlier = open_part(target);
    append(earlier, kContent);
  }
  REQUIRE(::chmod(part_path(target, sha256(as_bytes(kContent))).c_str(), mode) == 0);
  auto part = open_part(target);
  CHECK(part.is_resumed());
  REQUIRE(part.is_intact());
  REQUIRE(part.finish({.size = kContent.size(), .mtime = kStamp.mtime, .mode = mode}));
  CHECK(scratch.read("song") == kContent);
  struct stat status {};
  REQUIRE(::stat(target.c_str(), &status) == 0);
  CHECK((status.st_mode & 07777) == mode);
}

TEST_CASE("part file: the mode of one that another process is about to name stays") {
  const ScratchFolder scratch;
  const AsNobody as_nobody(scratch);
  const auto target = scratch.path("song");
  const auto first = open_part(target);
  const auto path = part_path(target, sha256(as_bytes(kContent)));
  REQUIRE(::chmod(path.c_str(), 0444) == 0);
  const auto second = PartFile::open(target, kContent.size(), sha256(as_bytes(kContent)));
  REQUIRE(!second);
  CHECK(second.error().code == ErrorCode::kConflict);
  struct stat status {};
  REQUIRE(::stat(path.c_str(), &status) == 0);
  CHECK((status.st_mode & 07777) == 0444);
}

TEST_CASE("part file: one that its user can't even read is named, with what to do") {
  const ScratchFolder scratch;
  const AsNobody as_nobody(scratch);
  const auto target = scratch.path("song");
  { const auto earlier = open_part(target); }
  const auto path = part_path(target, sha256(as_bytes(kContent)));
  REQUIRE(::chmod(path.c_str(), 0200) == 0);
  const auto part = PartFile::open(target, kContent.size(), sha256(as_bytes(kContent)));
  REQUIRE(!part);
  CHECK(part.error().code == ErrorCode::kNotAllowed);
  CHECK_THAT(part.error().message, Catch::Contains("remove it"));
}

TEST_CASE("part file: bytes that come with their digest go on where the others ended, and others after them") {
  const ScratchFolder scratch;
  auto part = open_part(scratch.path("song"));
  append(part, kContent.substr(0, 3));
  auto all = part.digest();
  all.add(as_bytes(kContent.substr(3, 5)));
  REQUIRE(part.append(as_bytes(kContent.substr(3, 5)), all));
  CHECK(part.position() == 8);
  append(part, kContent.substr(8));
  CHECK(part.is_intact());
  REQUIRE(part.finish(kStamp));
  CHECK(scratch.read("song") == kContent);
}

TEST_CASE("part file: a folder that its user can't look into is told as what it is, whether a part is in it or not") {
  const ScratchFolder scratch;
  const AsNobody as_nobody(scratch);
  const auto target = scratch.path("song");
  const auto folder = scratch.path(part_folder_name());
  REQUIRE(::mkdir(folder.c_str(), 0700) == 0);
  const bool has_part = GENERATE(false, true);
  if (has_part) const auto earlier = open_part(target);
  REQUIRE(::chmod(folder.c_str(), 0600) == 0);
  const auto part = PartFile::open(target, kContent.size(), sha256(as_bytes(kContent)));
  REQUIRE(::chmod(folder.c_str(), 0700) == 0);
  REQUIRE(!part);
  CHECK(part.error().code == ErrorCode::kNotAllowed);
  CHECK_THAT(part.error().message, Catch::Contains(std::strerror(EACCES)) && !Catch::Contains("remove it"));
}

TEST_CASE("part file: a part of another content is not taken up, and goes") {
  const ScratchFolder scratch;
  const std::string other = "another content";
  {
    auto earlier = open_part(scratch.path("song"), other);
    append(earlier, "anoth");
  }
  const auto part = open_part(scratch.path("song"));
  CHECK(part.position() == 0);
  CHECK(!std::filesystem::exists(part_path(scratch.path("song"), sha256(as_bytes(other)))));
}

TEST_CASE("part file: the part of another target stays") {
  const ScratchFolder scratch;
  {
    auto other = open_part(scratch.path("other"));
    append(other, "the");
  }
  const auto part = open_part(scratch.path("song"));
  CHECK(part.position() == 0);
  CHECK(open_part(scratch.path("other")).position() == 3);
}

TEST_CASE("part file: an altered part is not intact, and starts over") {
  const ScratchFolder scratch;
  scratch.write(
      part_folder_name() + "/" +
          std::filesystem::path(part_path(scratch.path("song"), sha256(as_bytes(kContent)))).filename().native(),
      "THE WHOLE");
  auto part = open_part(scratch.path("song"));
  REQUIRE(part.position() == 9);
  append(part, kContent.substr(9));
  CHECK(!part.is_intact());
  REQUIRE(part.start_over());
  CHECK(!part.is_resumed());
  append(part, kContent);
  CHECK(part.is_intact());
}

TEST_CASE("part file: one that is longer than the content starts anew") {
  const ScratchFolder scratch;
  const auto path = part_path(scratch.path("song"), sha256(as_bytes(kContent)));
  std::filesystem::create_directory(scratch.path(part_folder_name()));
  std::ofstream(path) << kContent << "too much";
  CHECK(open_part(scratch.path("song")).position() == 0);
}

TEST_CASE("part file: a folder that others may write to is not used") {
  const ScratchFolder scratch;
  std::filesystem::create_directory(scratch.path(part_folder_name()));
  std::filesystem::permissions(scratch.path(part_folder_name()), std::filesystem::perms::all);
  const auto part = PartFile::open(scratch.path("song"), kContent.size(), sha256(as_bytes(kContent)));
  REQUIRE(!part);
  CHECK(part.error().code == ErrorCode::kNotAllowed);
}

TEST_CASE("part file: a part that has another name elsewhere is not written to") {
  const ScratchFolder scratch;
  const auto path = part_path(scratch.path("song"), sha256(as_bytes(kContent)));
  const auto elsewhere = scratch.write("elsewhere", "theirs");
  std::filesystem::create_directory(scratch.path(part_folder_name()));
  std::filesystem::create_hard_link(elsewhere, path);
  const auto part = PartFile::open(scratch.path("song"), kContent.size(), sha256(as_bytes(kContent)));
  REQUIRE(!part);
  CHECK(part.error().code == ErrorCode::kNotAllowed);
}

TEST_CASE("part file: a second process is told to wait") {
  const ScratchFolder scratch;
  const auto first = open_part(scratch.path("song"));
  const auto second = PartFile::open(scratch.path("song"), kContent.size(), sha256(as_bytes(kContent)));
  REQUIRE(!second);
  CHECK(second.error().code == ErrorCode::kConflict);
}

TEST_CASE("part file: one that lost its name while it was opened is not taken for the part") {
  const ScratchFolder scratch;
  auto first = open_part(scratch.path("song"));
  append(first, kContent);
  REQUIRE(first.finish(kStamp));
  // The first one still holds its lock, on what is the target by now.
  auto second = open_part(scratch.path("song"));
  CHECK(second.position() == 0);
  append(second, "the");
  CHECK(scratch.read("song") == kContent);
}

TEST_CASE("part file: a part of another content that somebody works on stays") {
  const ScratchFolder scratch;
  auto first = open_part(scratch.path("song"), "another content");
  const auto second = open_part(scratch.path("song"));
  append(first, "another content");
  REQUIRE(first.finish(kStamp));
  CHECK(scratch.read("song") == "another content");
}

TEST_CASE("part file: what another process has begun under the same name does not become the target") {
  const ScratchFolder scratch;
  auto first = open_part(scratch.path("song"));
  append(first, kContent);
  std::filesystem::remove_all(scratch.path(part_folder_name()));
  auto second = open_part(scratch.path("song"));
  append(second, "the who");
  const auto finished = first.finish(kStamp);
  REQUIRE_FALSE(finished);
  CHECK(finished.error().code == ErrorCode::kConflict);
  CHECK_FALSE(std::filesystem::exists(scratch.path("song")));
  append(second, kContent.substr(7));
  REQUIRE(second.finish(kStamp));
  CHECK(scratch.read("song") == kContent);
}

TEST_CASE("part file: what another process has begun under the same name is not thrown away") {
  const ScratchFolder scratch;
  auto first = open_part(scratch.path("song"));
  std::filesystem::remove_all(scratch.path(part_folder_name()));
  auto second = open_part(scratch.path("song"));
  first.discard();
  append(second, kContent);
  REQUIRE(second.finish(kStamp));
  CHECK(scratch.read("song") == kContent);
}

TEST_CASE("part file: a target that is to stay does, and the part goes") {
  const ScratchFolder scratch;
  auto part = open_part(scratch.path("song"));
  append(part, kContent);
  scratch.write("song", "somebody's");
  CHECK_FALSE(part.finish(kStamp, Over::kNothing).value());
  CHECK(scratch.read("song") == "somebody's");
  CHECK_FALSE(std::filesystem::exists(scratch.path(part_folder_name())));
}

TEST_CASE("part file: a discarded one leaves nothing") {
  const ScratchFolder scratch;
  auto part = open_part(scratch.path("song"));
  part.discard();
  CHECK(std::filesystem::is_empty(scratch.path()));
}

}  // namespace
}  // namespace ndisk::client
