// What the walker leaves out: --include, --exclude, .ndiskignore and --files-from.
#include <sys/stat.h>
#include <unistd.h>

#include "client/upload/source_walker.hpp"
#include "tests/catch.hpp"
#include "tests/client/scratch_folder.hpp"

namespace ndisk::client {
namespace {

using Names = std::vector<std::string>;
using Rules = std::vector<FilterOptions::Rule>;

// The remote paths of all that is taken, without the operand itself; of others with a mark in front.
Names taken(const ScratchFolder& scratch, WalkOptions options) {
  SourceWalker walker({{scratch.path("x"), RemotePath::from_wire("x").value()}}, std::move(options));
  Names names;
  for (;;) {
    const auto items = walker.next(4);
    if (items.empty()) return names;
    for (const auto& item : items) {
      if (item.is_operand && item.kind == SourceItem::Kind::kFolder) continue;
      const bool odd = item.kind >= SourceItem::Kind::kSkipped;
      const auto& path = item.remote.bytes();
      names.push_back((odd ? "?" : "") + path.substr(std::min<std::size_t>(2, path.size())));
    }
  }
}

WalkOptions with_rules(const Rules& rules) { return {.recursive = true, .filter = Filter::make(rules).value()}; }

TEST_CASE("source walker: an excluded folder is not gone into") {
  const ScratchFolder scratch;
  scratch.write("x/a/file");
  scratch.write("x/cache/a/file");
  CHECK(taken(scratch, with_rules({{false, "cache/"}})) == Names{"a", "a/file"});
}

TEST_CASE("source walker: with includes only, a folder is given when something below it is") {
  const ScratchFolder scratch;
  scratch.write("x/a/b/photo.jpg");
  scratch.write("x/a/text");
  scratch.write("x/empty/text");
  CHECK(taken(scratch, with_rules({{true, "*.jpg"}})) == Names{"a", "a/b", "a/b/photo.jpg"});
}

TEST_CASE("source walker: an ignore file holds below its folder, and is itself taken") {
  const ScratchFolder scratch;
  scratch.write("x/a/.ndiskignore", "*.o\n/build/\n");
  scratch.write("x/a/build/file");
  scratch.write("x/a/deep/m.o");
  scratch.write("x/m.o");
  CHECK(taken(scratch, {.recursive = true}) == Names{"a", "a/.ndiskignore", "a/deep", "m.o"});
}

TEST_CASE("source walker: a deeper ignore file has the last word, except below what is ignored") {
  const ScratchFolder scratch;
  scratch.write("x/.ndiskignore", "*.o\n/gone/\n");
  scratch.write("x/a/.ndiskignore", "!keep.o\n");
  scratch.write("x/a/keep.o");
  scratch.write("x/a/other.o");
  scratch.write("x/gone/.ndiskignore", "!*\n");
  scratch.write("x/gone/keep.o");
  CHECK(taken(scratch, {.recursive = true}) == Names{".ndiskignore", "a", "a/.ndiskignore", "a/keep.o"});
}

TEST_CASE("source walker: rules of the command line come before ignore files") {
  const ScratchFolder scratch;
  scratch.write("x/.ndiskignore", "*.o\n");
  scratch.write("x/a.o");
  scratch.write("x/b.o");
  CHECK(taken(scratch, with_rules({{true, "a.o"}, {false, "none"}})) == Names{".ndiskignore", "a.o"});
}

TEST_CASE("source walker: an ignore file that is too long leaves its folder out as a problem") {
  const ScratchFolder scratch;
  scratch.write("x/a/.ndiskignore", std::string(kMaxIgnoreFileBytes + 1, '\n'));
  scratch.write("x/a/secret");
  scratch.write("x/b");
  CHECK(taken(scratch, {.recursive = true}) == Names{"a", "?a", "b"});
}

TEST_CASE("source walker: an ignore file that is a link is none") {
  const ScratchFolder scratch;
  scratch.write("rules", "*\n");
  scratch.write("x/a");
  REQUIRE(::symlink("../rules", scratch.path("x/.ndiskignore").c_str()) == 0);
  CHECK(taken(scratch, {.recursive = true}) == Names{".ndiskignore", "a"});
}

TEST_CASE("source walker: the file that grows meanwhile is skipped under whatever name it has") {
  const ScratchFolder scratch;
  scratch.write("x/a");
  struct stat status {};
  REQUIRE(::stat(scratch.write("x/receipts").c_str(), &status) == 0);
  CHECK(taken(scratch,
              {.recursive = true, .growing = WalkOptions::Identity{.device = status.st_dev, .inode = status.st_ino}}) ==
        Names{"a", "?receipts"});
}

TEST_CASE("source walker: what is left out is told if asked for, a folder as one") {
  const ScratchFolder scratch;
  scratch.write("x/cache/a");
  scratch.write("x/b.tmp");
  auto options = with_rules({{false, "cache"}, {false, "*.tmp"}});
  options.tell_left_out = true;
  CHECK(taken(scratch, std::move(options)) == Names{"?b.tmp", "?cache"});
}

TEST_CASE("source walker: --files-from takes the named ones with their parents, once each") {
  const ScratchFolder scratch;
  for (const auto* name : {"x/a/1", "x/a/2", "x/a/b/3", "x/c", "x/d"}) scratch.write(name);
  CHECK(taken(scratch, {.names = Names{"a/1", "a/b/3", "d"}}) == Names{"a", "a/1", "a/b", "a/b/3", "d"});
}

TEST_CASE("source walker: --files-from takes a named folder with all in it, with -r only") {
  const ScratchFolder scratch;
  for (const auto* name : {"x/a/1", "x/a/b/2"}) scratch.write(name);
  CHECK(taken(scratch, {.recursive = true, .names = Names{"a", "a/1"}}) == Names{"a", "a/1", "a/b", "a/b/2"});
  CHECK(taken(scratch, {.names = Names{"a"}}) == Names{"?a"});
}

TEST_CASE("source walker: a name of --files-from that is missing does not stop the rest") {
  const ScratchFolder scratch;
  scratch.write("x/b");
  CHECK(taken(scratch, {.names = Names{"a", "b"}}) == Names{"?a", "b"});
}

TEST_CASE("source walker: --files-from needs a folder to look in") {
  const ScratchFolder scratch;
  scratch.write("x");
  CHECK(taken(scratch, {.names = Names{"a"}}) == Names{"?"});
}

}  // namespace
}  // namespace ndisk::client
