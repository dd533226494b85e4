#include "client/download/open_folders.hpp"
#include "tests/catch.hpp"

namespace ndisk::client {
namespace {

std::vector<std::string> finished(OpenFolders& folders) {
  std::vector<std::string> names;
  for (auto list = folders.take_finished(); !list.empty(); list = folders.take_finished()) {
    for (const auto& folder : list) {
      names.push_back(folder.remote);
      folders.done(folder);
    }
  }
  return names;
}

using Names = std::vector<std::string>;

TEST_CASE("open folders: one is finished when the listing has left it, before the one above") {
  OpenFolders folders;
  folders.open("", "here", {});
  CHECK(folders.parent_of("a")->local == "here");
  folders.open("a", "here/a", {});
  folders.open("a/b", "here/a/b", {});
  CHECK(finished(folders).empty());
  CHECK(folders.parent_of("a/c")->remote == "a");
  CHECK(finished(folders) == Names{"a/b"});
  folders.leave_all();
  CHECK(finished(folders) == Names{"a", ""});
}

TEST_CASE("open folders: a download keeps its folder and all above it open") {
  OpenFolders folders;
  folders.open("", "here", {});
  OpenFolders::Hold hold(folders, folders.open("a", "here/a", {}));
  folders.leave_all();
  CHECK(finished(folders).empty());
  hold.release();
  CHECK(finished(folders) == Names{"a", ""});
}

TEST_CASE("open folders: attributes above wait for those below") {
  OpenFolders folders;
  folders.open("", "here", {});
  folders.open("a", "here/a", {});
  folders.leave_all();
  const auto first = folders.take_finished();
  REQUIRE(first.size() == 1);
  CHECK(folders.take_finished().empty());
  folders.done(first.front());
  CHECK(folders.take_finished().size() == 1);
}

TEST_CASE("open folders: what is below no open folder has no parent") {
  OpenFolders folders;
  folders.open("", "here", {});
  folders.open("a", "here/a", {});
  CHECK(folders.parent_of("ab/c") == nullptr);
  CHECK(folders.parent_of("a/b") == nullptr);
}

TEST_CASE("open folders: a second tree begins where the first is still under way") {
  OpenFolders folders;
  OpenFolders::Hold hold(folders, folders.open("", "one", {}));
  folders.leave_all();
  folders.open("", "two", {});
  CHECK(folders.parent_of("x")->local == "two");
  folders.leave_all();
  CHECK(finished(folders).size() == 1);
  hold.release();
  CHECK(finished(folders).size() == 1);
}

}  // namespace
}  // namespace ndisk::client
