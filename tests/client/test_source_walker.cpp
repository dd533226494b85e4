#include "client/upload/source_walker.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <map>

#include "client/download/part_file.hpp"
#include "tests/catch.hpp"
#include "tests/client/scratch_folder.hpp"
#include "tests/without_openat2.hpp"

namespace ndisk::client {
namespace {

using Kind = SourceItem::Kind;
using Found = std::vector<std::pair<std::string, Kind>>;

RemotePath remote(std::string_view path) { return RemotePath::from_wire(path).value(); }

std::vector<SourceItem> items_of(std::vector<PutSource> sources, WalkOptions options = {.recursive = true},
                                 std::size_t most = 3) {
  SourceWalker walker(std::move(sources), std::move(options));
  std::vector<SourceItem> all;
  for (;;) {
    auto items = walker.next(most);
    if (items.empty()) return all;
    for (auto& item : items) all.push_back(std::move(item));
  }
}

Found walk(std::vector<PutSource> sources, WalkOptions options = {.recursive = true}, std::size_t most = 3) {
  Found found;
  for (const auto& item : items_of(std::move(sources), std::move(options), most)) {
    found.emplace_back(item.remote.bytes(), item.kind);
  }
  return found;
}

// Of the files that were found, by their names in the drive: what can be read of each.
std::map<std::string, std::string> contents_of(const std::vector<SourceItem>& items) {
  std::map<std::string, std::string> contents;
  for (const auto& item : items) {
    if (item.kind != Kind::kFile) continue;
    const auto content = read_small(item.local, item.followed);
    contents[item.remote.bytes()] =
        content ? std::string(as_text((*content)->bytes)) : error_name(content.error().code);
  }
  return contents;
}

// The same of the links.
std::map<std::string, std::string> targets_of(const std::vector<SourceItem>& items) {
  std::map<std::string, std::string> targets;
  for (const auto& item : items) {
    if (item.kind != Kind::kLink) continue;
    const auto content = read_link(item.local, item.followed);
    targets[item.remote.bytes()] = content ? std::string(as_text((*content)->bytes)) : error_name(content.error().code);
  }
  return targets;
}

// x/file, x/folder/file and x/folder/link, and what becomes of them once they were found: links to beside/.
struct Replaced {
  ScratchFolder scratch;

  Replaced() {
    for (const auto* name : {"x/file", "x/folder/file"}) scratch.write(name, "own");
    scratch.write("beside/file", "secret");
    std::filesystem::create_symlink("own", scratch.path("x/folder/link"));
    std::filesystem::create_symlink("secret", scratch.path("beside/link"));
  }
  void replace() {
    for (const auto* name : {"x/file", "x/folder"}) std::filesystem::remove_all(scratch.path(name));
    std::filesystem::create_symlink(scratch.path("beside/file"), scratch.path("x/file"));
    std::filesystem::create_directory_symlink(scratch.path("beside"), scratch.path("x/folder"));
  }
};

using Contents = std::map<std::string, std::string>;

TEST_CASE("source walker: what became a link since it was found is not followed") {
  Replaced tree;
  const auto items = items_of({{tree.scratch.path("x"), remote("x")}, {tree.scratch.path("x/file"), remote("y")}});
  CHECK(contents_of(items) == Contents{{"x/file", "own"}, {"x/folder/file", "own"}, {"y", "own"}});
  tree.replace();
  CHECK(contents_of(items) == Contents{{"x/file", "conflict"}, {"x/folder/file", "conflict"}, {"y", "conflict"}});
}

TEST_CASE("source walker: without openat2 what became a link since it was found is not followed either") {
  const int error = GENERATE(ENOSYS, EPERM);
  Replaced tree;
  const auto items = items_of({{tree.scratch.path("x"), remote("x")}});
  const auto try_both = [&] {
    if (contents_of(items) != Contents{{"x/file", "own"}, {"x/folder/file", "own"}}) return 1;
    tree.replace();
    return contents_of(items) == Contents{{"x/file", "conflict"}, {"x/folder/file", "conflict"}} ? 0 : 2;
  };
  CHECK(without_openat2(static_cast<unsigned>(error), try_both) == 0);
}

TEST_CASE("source walker: a link in a folder that became a link since it was found is not read") {
  Replaced tree;
  const auto items = items_of({{tree.scratch.path("x"), remote("x")}});
  const auto try_both = [&] {
    if (targets_of(items) != Contents{{"x/folder/link", "own"}}) return 1;
    tree.replace();
    return targets_of(items).at("x/folder/link") == "conflict" ? 0 : 2;
  };
  SECTION("with openat2") { CHECK(try_both() == 0); }
  SECTION("without") { CHECK(without_openat2(ENOSYS, try_both) == 0); }
}

TEST_CASE("source walker: what --files-from names is not followed once it became a link, but what leads to it is") {
  Replaced tree;
  WalkOptions options{.recursive = true, .names = {{"file", "folder/file"}}};
  std::filesystem::create_directory_symlink(tree.scratch.path("x"), tree.scratch.path("named"));
  const auto items = items_of({{tree.scratch.path("named/"), remote("x")}}, options);
  tree.replace();
  CHECK(contents_of(items) == Contents{{"x/file", "conflict"}, {"x/folder/file", "secret"}});
}

TEST_CASE("source walker: links are followed where that was asked for, and in what was named") {
  Replaced tree;
  tree.replace();
  std::filesystem::create_directory_symlink(tree.scratch.path("x"), tree.scratch.path("named"));
  const auto followed = items_of({{tree.scratch.path("named"), remote("x")}}, {.recursive = true, .follow = true});
  CHECK(contents_of(followed) == Contents{{"x/file", "secret"}, {"x/folder/file", "secret"}});
  const auto below = items_of({{tree.scratch.path("named/folder/"), remote("x")}});
  CHECK(contents_of(below) == Contents{{"x/file", "secret"}});
  const auto operand = items_of({{tree.scratch.path("named/file"), remote("y")}}, {.recursive = false});
  CHECK(contents_of(operand) == Contents{{"y", "secret"}});
}

TEST_CASE("source walker: gives a folder, then what is in it, by the bytes of names") {
  const ScratchFolder scratch;
  for (const auto* name : {"photos/a.txt", "photos/a/z", "photos/a-b", "photos/B"}) scratch.write(name);
  CHECK(walk({{scratch.path("photos"), remote("backup/photos")}}) == Found{{"backup/photos", Kind::kFolder},
                                                                           {"backup/photos/B", Kind::kFile},
                                                                           {"backup/photos/a", Kind::kFolder},
                                                                           {"backup/photos/a/z", Kind::kFile},
                                                                           {"backup/photos/a-b", Kind::kFile},
                                                                           {"backup/photos/a.txt", Kind::kFile}});
}

TEST_CASE("source walker: gives many files in batches and forgets none") {
  const ScratchFolder scratch;
  for (int i = 0; i < 99; ++i) scratch.write("many/" + std::to_string(i));
  SourceWalker walker({{scratch.path("many"), remote("many")}}, {.recursive = true});
  CHECK(walker.next(10).size() == 10);
  CHECK(walker.next(1000).size() == 90);
  CHECK(walker.next(10).empty());
}

TEST_CASE("source walker: what is named itself is marked") {
  const ScratchFolder scratch;
  scratch.write("x/file");
  const auto items = items_of({{scratch.path("x"), remote("x")}, {scratch.path("x/file"), remote("y")}});
  REQUIRE(items.size() == 3);
  CHECK(items[0].is_operand);
  CHECK_FALSE(items[1].is_operand);
  CHECK(items[2].is_operand);
}

TEST_CASE("source walker: folders have a mode and a time") {
  const ScratchFolder scratch;
  scratch.write("x/file");
  ::chmod(scratch.path("x").c_str(), 0750);
  const auto items = items_of({{scratch.path("x"), remote("x")}});
  CHECK(items.front().stamp.mode == 0750);
  CHECK(items.front().stamp.mtime > 0);
}

TEST_CASE("source walker: what an interrupted get left behind is skipped with a word") {
  const ScratchFolder scratch;
  scratch.write("x/.ndisk-0123456789abcdef.tmp");
  scratch.write("x/" + part_folder_name() + "/part");
  scratch.write("x/.ndisk-partial-65534/part");
  scratch.write("x/file");
  auto items = items_of({{scratch.path("x"), remote("x")}});
  REQUIRE(items.size() == 5);
  CHECK(items.back().kind == Kind::kFile);
  for (std::size_t i = 1; i < 4; ++i) {
    CHECK(items[i].kind == Kind::kSkipped);
    CHECK(std::string(items[i].what) == "unfinished download");
    CHECK(items[i].error.message.contains(items[i].local + ": skipped"));
  }
}

TEST_CASE("source walker: names that only resemble those of ndisk are the user's") {
  const ScratchFolder scratch;
  const std::vector<std::string> names = {".ndisk-.tmp",
                                          ".ndisk-0123456789ABCDEF.tmp",
                                          ".ndisk-0123456789abcdef.tmp.bak",
                                          ".ndisk-0123456789abcdef0.tmp",
                                          ".ndisk-notes.tmp",
                                          ".ndisk-partial-",
                                          ".ndisk-partial-0",
                                          ".ndisk-partial-01",
                                          ".ndisk-partial-4294967296",
                                          ".ndisk-partial-mine"};
  Found expected{{"x", Kind::kFolder}};
  for (const auto& name : names) {
    const bool is_file = name == ".ndisk-partial-0" || name.ends_with(".tmp") || name.ends_with(".bak");
    scratch.write("x/" + name + (is_file ? "" : "/file"));
    expected.emplace_back("x/" + name, is_file ? Kind::kFile : Kind::kFolder);
    if (!is_file) expected.emplace_back("x/" + name + "/file", Kind::kFile);
  }
  CHECK(walk({{scratch.path("x"), remote("x")}}) == expected);
}

TEST_CASE("source walker: links below a folder are links, pipes are skipped with a word") {
  const ScratchFolder scratch;
  scratch.write("x/file");
  REQUIRE(::symlink("nowhere", scratch.path("x/link").c_str()) == 0);
  REQUIRE(::mkfifo(scratch.path("x/pipe").c_str(), 0600) == 0);
  const auto items = items_of({{scratch.path("x"), remote("x")}});
  REQUIRE(items.size() == 4);
  CHECK(items[2].kind == Kind::kLink);
  CHECK(items[2].stamp.size == 7);
  CHECK(items[3].kind == Kind::kSkipped);
  CHECK(std::string(items[3].what) == "named pipe");
}

TEST_CASE("source walker: a link that is named itself is followed, with -r it is kept") {
  const ScratchFolder scratch;
  const auto file = scratch.write("file", "12345");
  REQUIRE(::symlink(file.c_str(), scratch.path("link").c_str()) == 0);
  const auto followed = items_of({{scratch.path("link"), remote("link")}}, {});
  REQUIRE(followed.size() == 1);
  CHECK(followed.front().kind == Kind::kFile);
  CHECK(followed.front().stamp.size == 5);
  CHECK(walk({{scratch.path("link"), remote("link")}}) == Found{{"link", Kind::kLink}});
}

TEST_CASE("source walker: a link to a folder is gone into with a slash behind it, and with --follow") {
  const ScratchFolder scratch;
  scratch.write("x/file");
  REQUIRE(::symlink("x", scratch.path("link").c_str()) == 0);
  const Found inside{{"l", Kind::kFolder}, {"l/file", Kind::kFile}};
  CHECK(walk({{scratch.path("link/"), remote("l")}}) == inside);
  CHECK(walk({{scratch.path("link"), remote("l")}}, {.recursive = true, .follow = true}) == inside);
}

TEST_CASE("source walker: --follow takes what links lead to, and stops at one that leads back") {
  const ScratchFolder scratch;
  scratch.write("x/sub/file", "12");
  REQUIRE(::symlink("file", scratch.path("x/sub/link").c_str()) == 0);
  REQUIRE(::symlink("..", scratch.path("x/sub/up").c_str()) == 0);
  const auto items = items_of({{scratch.path("x"), remote("x")}}, {.recursive = true, .follow = true});
  REQUIRE(items.size() == 5);
  CHECK(items[3].kind == Kind::kFile);
  CHECK(items[3].stamp.size == 2);
  CHECK(items[4].kind == Kind::kSkipped);
  CHECK(items[4].error.message.find("x/sub/up") != std::string::npos);
}

TEST_CASE("source walker: --follow finds a link that leads nowhere to be a problem") {
  const ScratchFolder scratch;
  scratch.write("x/file");
  REQUIRE(::symlink("nowhere", scratch.path("x/link").c_str()) == 0);
  const auto items = items_of({{scratch.path("x"), remote("x")}}, {.recursive = true, .follow = true});
  REQUIRE(items.size() == 3);
  CHECK(items[2].kind == Kind::kProblem);
  CHECK(items[2].error.code == ErrorCode::kNotFound);
}

TEST_CASE("source walker: a folder without -r is an error that says so") {
  const ScratchFolder scratch;
  const auto items = items_of({{scratch.path(), remote("x")}}, {});
  REQUIRE(items.size() == 1);
  CHECK(items.front().error.code == ErrorCode::kIsFolder);
  CHECK(items.front().error.message.find("-r") != std::string::npos);
}

TEST_CASE("source walker: one that is missing does not stop the rest") {
  const ScratchFolder scratch;
  scratch.write("b");
  const auto items = items_of({{scratch.path("a"), remote("a")}, {scratch.path("b"), remote("b")}}, {});
  REQUIRE(items.size() == 2);
  CHECK(items[0].error.code == ErrorCode::kNotFound);
  CHECK(items[1].kind == Kind::kFile);
}

TEST_CASE("source walker: a remote path that gets too long is that file's problem") {
  const ScratchFolder scratch;
  scratch.write("x/file");
  std::string deep = "d";
  while (deep.size() < kMaxPathBytes - 4) deep += "/d";
  CHECK(walk({{scratch.path("x"), remote(deep)}}).back().second == Kind::kProblem);
}

}  // namespace
}  // namespace ndisk::client
