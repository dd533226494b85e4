#include "storage/posix_file_layer.hpp"

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>

#include "tests/catch.hpp"
#include "tests/temporary_folder.hpp"
#include "tests/without_openat2.hpp"

namespace ndisk::storage {
namespace {

namespace fs = std::filesystem;

// inside/ab/file, and a link from inside/planted to a folder beside it.
struct Planted {
  TemporaryFolder folder;
  PosixFileLayer files;
  Fd inside;

  Planted() {
    for (const char* name : {"/inside/ab", "/outside/folder"}) fs::create_directories(folder.path() + name);
    for (const char* name : {"/inside/ab/file", "/outside/file"}) std::ofstream(folder.path() + name) << name;
    fs::create_directory_symlink(folder.path() + "/outside", folder.path() + "/inside/planted");
    inside = files.open(AT_FDCWD, folder.path() + "/inside", O_RDONLY | O_DIRECTORY, 0).value();
  }
  // 0, or the error.
  int open(const std::string& name, int flags = O_RDONLY) {
    const auto opened = files.open(inside.get(), name, flags, 0600);
    return opened ? 0 : opened.error().number;
  }
};

// What each call makes of a name that leads through a link, but for open: "rename=ELOOP" and the like.
std::map<std::string, int> errors_through(Planted& planted, const std::string& link) {
  auto& files = planted.files;
  const int inside = planted.inside.get();
  const auto error = [](const auto& result) { return result ? 0 : result.error().number; };
  return {{"status", error(files.status_at(inside, link + "/file"))},
          {"rename from", error(files.rename(inside, link + "/file", inside, "taken"))},
          {"rename to", error(files.rename(inside, "ab/file", inside, link + "/new"))},
          {"link from", error(files.link(inside, link + "/file", inside, "taken"))},
          {"link to", error(files.link(inside, "ab/file", inside, link + "/new"))},
          {"make folder", error(files.make_folder(inside, link + "/new", 0700))},
          {"remove folder", error(files.remove_folder(inside, link + "/folder"))},
          {"remove file", error(files.remove_file(inside, link + "/file"))}};
}

bool all_are(const std::map<std::string, int>& errors, int wanted) {
  return std::ranges::all_of(errors, [&](const auto& error) { return error.second == wanted; });
}

void check_untouched(const Planted& planted) {
  CHECK(fs::exists(planted.folder.path() + "/inside/ab/file"));
  CHECK_FALSE(fs::exists(planted.folder.path() + "/inside/taken"));
  CHECK(fs::exists(planted.folder.path() + "/outside/file"));
  CHECK(fs::exists(planted.folder.path() + "/outside/folder"));
  CHECK_FALSE(fs::exists(planted.folder.path() + "/outside/new"));
}

}  // namespace

TEST_CASE("file layer: a name of two parts is opened in its folder") {
  Planted planted;
  CHECK(planted.open("ab/file") == 0);
  CHECK(planted.open("ab/new", O_WRONLY | O_CREAT | O_EXCL) == 0);
  CHECK(fs::status(planted.folder.path() + "/inside/ab/new").permissions() == fs::perms(0600));
  CHECK(planted.open("ab/none") == ENOENT);
}

TEST_CASE("file layer: a folder that became a symbolic link is not followed, to read or to write") {
  Planted planted;
  CHECK(planted.open("planted/file") == ELOOP);
  CHECK(planted.open("planted/new", O_WRONLY | O_CREAT | O_EXCL) == ELOOP);
  CHECK(planted.open("../outside/file") == EXDEV);
  CHECK_FALSE(fs::exists(planted.folder.path() + "/outside/new"));
}

TEST_CASE("file layer: nothing is looked at, named, made or removed behind a folder that became a symbolic link") {
  Planted planted;
  for (const auto& [call, error] : errors_through(planted, "planted")) {
    INFO(call);
    CHECK(error == ELOOP);
  }
  for (const auto& [call, error] : errors_through(planted, "../outside")) {
    INFO(call);
    CHECK(error == EXDEV);
  }
  check_untouched(planted);
}

TEST_CASE("file layer: a name of two parts is looked at, named, made and removed in its folder") {
  Planted planted;
  auto& files = planted.files;
  const int inside = planted.inside.get();
  CHECK(files.status_at(inside, "ab/file"));
  CHECK(files.link(inside, "ab/file", inside, "ab/second"));
  CHECK(files.rename(inside, "ab/second", inside, "third"));
  CHECK(files.rename(inside, "third", inside, "ab/fourth"));
  CHECK(files.make_folder(inside, "ab/folder", 0700));
  CHECK(files.make_folder(inside, "ab/folder/inner", 0700));
  CHECK(files.remove_folder(inside, "ab/folder/inner"));
  CHECK(files.remove_file(inside, "ab/file"));
  CHECK(files.status_at(inside, "ab/fourth"));
  CHECK(files.status_at(inside, "ab/file").error().number == ENOENT);
  CHECK(files.status_at(inside, "none/file").error().number == ENOENT);
  CHECK(files.status_at(AT_FDCWD, planted.folder.path() + "/inside/planted/file"));
}

TEST_CASE("file layer: without openat2 a link on the way is not followed either") {
  const int error = GENERATE(ENOSYS, EPERM);
  Planted planted;
  const auto look = [&] {
    if (!planted.files.open_beneath(planted.inside.get(), "ab/file", O_RDONLY)) return 1;
    if (planted.open("ab/file") != 0) return 2;
    if (planted.open("planted/file") != ELOOP) return 3;
    if (planted.open("planted/new", O_WRONLY | O_CREAT | O_EXCL) != ELOOP) return 4;
    if (!all_are(errors_through(planted, "planted"), ELOOP)) return 5;
    if (!all_are(errors_through(planted, "../outside"), EXDEV)) return 6;
    return planted.open("ab/new", O_WRONLY | O_CREAT | O_EXCL);
  };
  CHECK(without_openat2(static_cast<unsigned>(error), look) == 0);
  CHECK(fs::exists(planted.folder.path() + "/inside/ab/new"));
  check_untouched(planted);
}

}  // namespace ndisk::storage
