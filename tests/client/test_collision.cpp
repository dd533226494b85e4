#include <filesystem>

#include "client/download/collision.hpp"
#include "client/download/folding_look.hpp"
#include "client/download/probe_folder.hpp"
#include "tests/catch.hpp"
#include "tests/client/scratch_folder.hpp"

namespace ndisk::client {
namespace {

// "holder|path|name" of each that collides; names that end in '/' are folders.
std::vector<std::string> collisions(Collision how, const std::vector<std::string>& paths) {
  CaseFoldedNames disk;
  CollisionPlanner planner(disk, how);
  std::vector<std::string> found;
  for (auto path : paths) {
    const bool is_folder = path.ends_with('/');
    if (is_folder) path.pop_back();
    const auto colliding = planner.add(path, is_folder).value();
    if (colliding) found.push_back(colliding->holder + "|" + colliding->path + "|" + colliding->name);
  }
  return found;
}

using Found = std::vector<std::string>;

TEST_CASE("collision: names of one folder collide, those of two do not") {
  CHECK(collisions(Collision::kFail, {"A", "B/", "B/a", "C/", "C/A"}).empty());
  CHECK(collisions(Collision::kFail, {"x/", "x/A", "x/a"}) == Found{"x/A|x/a|"});
}

TEST_CASE("collision: names far apart in the listing collide, with folders between") {
  CHECK(collisions(Collision::kFail, {"A", "B/", "B/C/", "B/C/d", "a"}) == Found{"A|a|"});
}

TEST_CASE("collision: what is below a folder that is left out collides with nothing") {
  CHECK(collisions(Collision::kSkip, {"A/", "A/x", "a/", "a/X", "a/x", "b"}) == Found{"A|a|"});
}

TEST_CASE("collision: a renamed folder is a folder of its own") {
  CHECK(collisions(Collision::kRename, {"A/", "A/x", "a/", "a/X", "a/x"}) == Found{"A|a|a (2)", "a/X|a/x|x (2)"});
}

TEST_CASE("collision: a new name is one that nothing else has") {
  CHECK(collisions(Collision::kRename, {"A.txt", "a (2).txt", "a.TXT", "a.txt"}) ==
        Found{"A.txt|a.TXT|a (3).TXT", "A.txt|a.txt|a (4).txt"});
}

TEST_CASE("collision: the number goes before the extension") {
  CHECK(numbered_name("song.mp3", false, 2) == "song (2).mp3");
  CHECK(numbered_name("v1.0", true, 2) == "v1.0 (2)");
  CHECK(numbered_name(".profile", false, 3) == ".profile (3)");
  CHECK(numbered_name("a.tar.gz", false, 2) == "a.tar (2).gz");
}

TEST_CASE("collision: a new name stays within 255 bytes and cuts no character") {
  std::string name;
  while (name.size() < 250) name += "\xC3\xA9";
  const auto numbered = numbered_name(name + ".mp3", false, 2);
  CHECK(numbered.size() <= 255);
  CHECK(numbered.ends_with("\xC3\xA9 (2).mp3"));
}

TEST_CASE("collision: the plan knows a name for each path") {
  CollisionPlan plan;
  CHECK(plan.empty());
  plan.add({.path = "x/a", .holder = "x/A", .name = "a (2)"});
  plan.add({.path = "x/b", .holder = "x/B", .name = ""});
  CHECK(plan.name_for("x/a") == "a (2)");
  CHECK(plan.name_for("x/b") == std::nullopt);
  CHECK(plan.name_for("x/c") == "c");
}

TEST_CASE("collision: the disk itself is asked, and left as it was") {
  const ScratchFolder scratch;
  {
    const auto probe = ProbeFolder::make(scratch.path()).value();
    CHECK(probe->claim("name").value() == std::nullopt);
    CHECK(probe->claim("name").value() == "name");
    REQUIRE(probe->enter("folder"));
    CHECK(probe->claim("name").value() == std::nullopt);
    probe->leave();
    CHECK(probe->claim("name").value() == "name");
    CHECK(probe->claim(std::string(256, 'x')).value() == std::nullopt);
  }
  CHECK(std::filesystem::is_empty(scratch.path()));
}

TEST_CASE("collision: an ordinary disk folds nothing") {
  const ScratchFolder scratch;
  CHECK(folds_names(scratch.path()) == false);
  CHECK(std::filesystem::is_empty(scratch.path()));
}

TEST_CASE("collision: a disk that can not be asked is an error") {
  const ScratchFolder scratch;
  const auto asked = folds_names(scratch.path("missing"));
  REQUIRE_FALSE(asked);
  CHECK(asked.error().code == ErrorCode::kNotFound);
}

TEST_CASE("folding look: a name with letters tells that this disk folds no case") {
  const ScratchFolder scratch;
  scratch.write("x/1/file");
  CHECK(look_for_folding(scratch.path("x/1")) == Folding::kNone);
}

TEST_CASE("folding look: two links to one file are no sign, the folder's own name is one") {
  const ScratchFolder scratch;
  const auto file = scratch.write("x/name");
  std::filesystem::create_hard_link(file, scratch.path("x/NAME"));
  CHECK(look_for_folding(scratch.path("x")) == Folding::kNone);
}

TEST_CASE("folding look: where no name has a letter nobody knows") {
  const ScratchFolder scratch;
  scratch.write("1/2");
  CHECK(look_for_folding(scratch.path("1")) == Folding::kUnknown);
  CHECK(look_for_folding(scratch.path("missing")) == Folding::kUnknown);
}

}  // namespace
}  // namespace ndisk::client
