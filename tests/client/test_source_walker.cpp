#include <sys/stat.h>
#include <unistd.h>

#include <map>

#include "client/transfer/part_file.hpp"
#include "client/transfer/source_walker.hpp"
#include "tests/catch.hpp"
#include "tests/client/scratch_folder.hpp"

namespace ndisk::client {
namespace {

using Kind = SourceItem::Kind;

std::map<std::string, Kind> walk(std::vector<PutSource> sources, bool recursive = true, std::size_t most = 3) {
  SourceWalker walker(std::move(sources), recursive);
  std::map<std::string, Kind> found;
  for (;;) {
    const auto items = walker.next(most);
    if (items.empty()) return found;
    for (const auto& item : items) found.emplace(item.remote.bytes(), item.kind);
  }
}

RemotePath remote(std::string_view path) { return RemotePath::from_wire(path).value(); }

TEST_CASE("source walker: gives every file below a folder") {
  const ScratchFolder scratch;
  scratch.write("photos/a");
  scratch.write("photos/2024/b");
  scratch.write("photos/2024/05/c");
  const auto found = walk({{scratch.path("photos"), remote("backup/photos")}});
  CHECK(found == std::map<std::string, Kind>{{"backup/photos/a", Kind::kFile},
                                             {"backup/photos/2024/b", Kind::kFile},
                                             {"backup/photos/2024/05/c", Kind::kFile}});
}

TEST_CASE("source walker: gives many files in batches and forgets none") {
  const ScratchFolder scratch;
  for (int i = 0; i < 100; ++i) scratch.write("many/" + std::to_string(i));
  SourceWalker walker({{scratch.path("many"), remote("many")}}, true);
  CHECK(walker.next(10).size() == 10);
  CHECK(walker.next(1000).size() == 90);
  CHECK(walker.next(10).empty());
}

TEST_CASE("source walker: what an interrupted get left behind is not put") {
  const ScratchFolder scratch;
  scratch.write("x/file");
  scratch.write("x/" + part_folder_name() + "/part");
  scratch.write("x/.ndisk-0123456789abcdef.tmp");
  CHECK(walk({{scratch.path("x"), remote("x")}}) == std::map<std::string, Kind>{{"x/file", Kind::kFile}});
}

TEST_CASE("source walker: an empty folder is given as such, at any depth") {
  const ScratchFolder scratch;
  std::filesystem::create_directories(scratch.path("x/empty/deeper"));
  CHECK(walk({{scratch.path("x"), remote("x")}}) ==
        std::map<std::string, Kind>{{"x/empty/deeper", Kind::kEmptyFolder}});
}

TEST_CASE("source walker: links, pipes and sockets below a folder are skipped with a word") {
  const ScratchFolder scratch;
  scratch.write("x/file");
  REQUIRE(::symlink("nowhere", scratch.path("x/link").c_str()) == 0);
  REQUIRE(::mkfifo(scratch.path("x/pipe").c_str(), 0600) == 0);
  CHECK(walk({{scratch.path("x"), remote("x")}}) ==
        std::map<std::string, Kind>{{"x/file", Kind::kFile}, {"x/link", Kind::kSkipped}, {"x/pipe", Kind::kSkipped}});
}

TEST_CASE("source walker: a link that is named itself is followed") {
  const ScratchFolder scratch;
  const auto file = scratch.write("file", "12345");
  REQUIRE(::symlink(file.c_str(), scratch.path("link").c_str()) == 0);
  SourceWalker walker({{scratch.path("link"), remote("link")}}, false);
  const auto items = walker.next(10);
  REQUIRE(items.size() == 1);
  CHECK(items.front().kind == Kind::kFile);
  CHECK(items.front().size == 5);
}

TEST_CASE("source walker: a folder without -r is an error that says so") {
  const ScratchFolder scratch;
  SourceWalker walker({{scratch.path(), remote("x")}}, false);
  const auto items = walker.next(10);
  REQUIRE(items.size() == 1);
  CHECK(items.front().error.code == ErrorCode::kIsFolder);
  CHECK(items.front().error.message.find("-r") != std::string::npos);
}

TEST_CASE("source walker: one that is missing does not stop the rest") {
  const ScratchFolder scratch;
  scratch.write("b");
  SourceWalker walker({{scratch.path("a"), remote("a")}, {scratch.path("b"), remote("b")}}, false);
  const auto items = walker.next(10);
  REQUIRE(items.size() == 2);
  CHECK(items[0].error.code == ErrorCode::kNotFound);
  CHECK(items[1].kind == Kind::kFile);
}

TEST_CASE("source walker: a remote path that gets too long is that file's problem") {
  const ScratchFolder scratch;
  scratch.write("x/file");
  std::string deep = "d";
  while (deep.size() < kMaxPathBytes - 4) deep += "/d";
  CHECK(walk({{scratch.path("x"), remote(deep)}}).begin()->second == Kind::kProblem);
}

}  // namespace
}  // namespace ndisk::client
