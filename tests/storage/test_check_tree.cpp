// DATA/tree against the catalog.
#include <sys/stat.h>

#include <atomic>
#include <mutex>
#include <thread>

#include "tests/storage/check_fixture.hpp"
#include "tests/storage/tree_check.hpp"

namespace ndisk::storage {
namespace {

namespace fs = std::filesystem;
using Lines = std::vector<std::string>;

class TreeCheckFixture : public CheckFixture {
 public:
  TreeCheckFixture() {
    REQUIRE(put("a/b/c", "content"));
    REQUIRE(put("a/d", "other"));
    REQUIRE(put("e", "more"));
    REQUIRE(make_folder("empty"));
    REQUIRE(drive->flush_tree());
  }
  [[nodiscard]] std::string shown(const std::string& path) const { return in_tree(*this, path); }
  static void write(const std::string& path, std::string_view text) {
    std::ofstream file(path, std::ios::binary);
    file << text;
    REQUIRE(file.flush());
  }
  // It is found each time, mended by a repair, and no damage then.
  void find_and_mend(const Lines& expected) {
    for (int i = 0; i < 2; ++i) {
      const auto found = check();
      INFO(found.causes());
      CHECK(found.lines() == expected);
      CHECK(found.report.damage == expected.size());
    }
    const auto mended = repair();
    INFO(mended.causes());
    CHECK(mended.report.damage == 0);
    REQUIRE(mended.found.size() == expected.size());
    for (const auto& one : mended.found) CHECK(one.mended);
    check_clean();
    check_tree(*this);
  }
};

}  // namespace

TEST_CASE("check: a tree that shows the drive is right, whatever was done to the drive") {
  TreeCheckFixture fixture;
  fixture.check_clean();
  REQUIRE(fixture.put("e", "replaced"));
  REQUIRE(fixture.remove("a/b", true));
  REQUIRE(fixture.restore_trash(fixture.trash_id("a/b"), "back"));
  REQUIRE(fixture.drive->accounts().create_user("bob", std::nullopt));
  fixture.become("bob");
  fixture.check_clean();
  REQUIRE(fixture.put("mine", "bob's"));
  fixture.check_clean();
}

TEST_CASE("check: what the tree lost is found, and made anew by a repair") {
  TreeCheckFixture fixture;
  SECTION("a file") {
    REQUIRE(fs::remove(fixture.shown("a/b/c")));
    fixture.find_and_mend({"tree owner:a/b/c"});
  }
  SECTION("a folder with all in it, said once") {
    REQUIRE(fs::remove_all(fixture.shown("a")) == 4);
    fixture.find_and_mend({"tree owner:a"});
  }
  SECTION("an empty folder") {
    REQUIRE(fs::remove(fixture.shown("empty")));
    fixture.find_and_mend({"tree owner:empty"});
  }
  SECTION("all of a user") {
    REQUIRE(fs::remove_all(fixture.data("tree/owner")) > 0);
    fixture.find_and_mend({"tree owner:"});
  }
}

TEST_CASE("check: what people planted in the tree is found, not followed, and gives way to a repair") {
  TreeCheckFixture fixture;
  const auto outside = fixture.folder.path() + "/outside";
  REQUIRE(fs::create_directory(outside));
  TreeCheckFixture::write(outside + "/c", "content");
  const auto file = fixture.shown("a/b/c");
  SECTION("other content of the same size") {
    REQUIRE(fs::remove(file));
    TreeCheckFixture::write(file, "CONTENT");
    fixture.find_and_mend({"tree owner:a/b/c"});
  }
  SECTION("other content of another size") {
    REQUIRE(fs::remove(file));
    TreeCheckFixture::write(file, "longer content");
    fixture.find_and_mend({"tree owner:a/b/c"});
  }
  SECTION("a symbolic link to a file with the same content") {
    REQUIRE(fs::remove(file));
    fs::create_symlink(outside + "/c", file);
    fixture.find_and_mend({"tree owner:a/b/c"});
  }
  SECTION("a symbolic link in place of a folder") {
    fs::remove_all(fixture.shown("a/b"));
    fs::create_directory_symlink(outside, fixture.shown("a/b"));
    fixture.find_and_mend({"tree owner:a/b"});
  }
  SECTION("a symbolic link in place of the user's folder") {
    fs::remove_all(fixture.data("tree/owner"));
    fs::create_directory_symlink(outside, fixture.data("tree/owner"));
    fixture.find_and_mend({"tree owner:"});
  }
  SECTION("a pipe in place of a file") {
    REQUIRE(fs::remove(file));
    REQUIRE(::mkfifo(file.c_str(), 0600) == 0);
    fixture.find_and_mend({"tree owner:a/b/c"});
  }
  SECTION("a folder in place of a file") {
    REQUIRE(fs::remove(file));
    REQUIRE(fs::create_directories(file + "/deep/er"));
    fixture.find_and_mend({"tree owner:a/b/c"});
  }
  SECTION("a file in place of a folder") {
    REQUIRE(fs::remove(fixture.shown("empty")));
    TreeCheckFixture::write(fixture.shown("empty"), "x");
    fixture.find_and_mend({"tree owner:empty"});
  }
  SECTION("names that the drive does not have") {
    TreeCheckFixture::write(fixture.shown("extra"), "x");
    REQUIRE(fs::create_directories(fixture.shown("a/more/deep")));
    fs::create_directory_symlink(outside, fixture.shown("a/b/way out"));
    fixture.find_and_mend({"tree owner:extra", "tree owner:a/more", "tree owner:a/b/way out"});
  }
  CHECK(fixture.read_file(outside + "/c") == "content");
}

TEST_CASE("check: a folder that people moved in the tree is found at both names") {
  TreeCheckFixture fixture;
  fs::rename(fixture.shown("a"), fixture.shown("z"));
  fixture.find_and_mend({"tree owner:z", "tree owner:a"});
}

TEST_CASE("check: of what stands beside the users' folders only what could be a user's is looked at") {
  TreeCheckFixture fixture;
  REQUIRE(fs::create_directories(fixture.data("tree/nobody/deep")));
  fs::create_symlink("/", fixture.data("tree/link"));
  REQUIRE(fs::create_directory(fixture.data("tree/lost+found")));
  auto found = fixture.check();
  CHECK(found.report.damage == 2);
  CHECK_THAT(found.causes(), Catch::Contains("no user has this name"));
  CHECK(fixture.repair().report.damage == 0);
  fixture.check_clean();
  CHECK(fs::exists(fixture.data("tree/lost+found")));
  CHECK_FALSE(fs::exists(fs::symlink_status(fixture.data("tree/link"))));
}

TEST_CASE("check: a file of the tree that is a copy is as good as a link, if its content is right") {
  TreeCheckFixture fixture;
  const auto file = fixture.shown("a/b/c");
  REQUIRE(fs::remove(file));
  TreeCheckFixture::write(file, "content");
  fixture.check_clean({});
}

TEST_CASE("check: a replaced file of the tree is never called right for want of open files") {
  TreeCheckFixture fixture;
  REQUIRE(fs::remove(fixture.shown("a/b/c")));
  const auto [text, call] = GENERATE(std::pair("longer content", Call::kStatus), std::pair("CONTENT", Call::kStatus),
                                     std::pair("CONTENT", Call::kOpen));
  TreeCheckFixture::write(fixture.shown("a/b/c"), text);
  const auto before = fixture.files.calls(call);
  REQUIRE(fixture.check().lines() == Lines{"tree owner:a/b/c"});
  const auto calls = fixture.files.calls(call) - before;
  REQUIRE(calls > 0);
  for (int nth = 1; nth <= calls; ++nth) {
    INFO(nth << " of " << calls);
    fixture.files.fail_call(call, EMFILE, nth);
    const auto checked = fixture.try_check();
    fixture.files.heal();
    if (checked) CHECK_THAT(checked->lines(), Catch::VectorContains(std::string("tree owner:a/b/c")));
  }
  fixture.find_and_mend({"tree owner:a/b/c"});
}

TEST_CASE("check: a tree that is off is not looked at") {
  TreeCheckFixture fixture;
  fixture.drive.reset();
  fixture.options.tree = false;
  fixture.open();
  REQUIRE(fs::remove(fixture.shown("e")));
  fixture.check_clean();
}

TEST_CASE("check: a tree is right all the while that the drive changes") {
  TreeCheckFixture fixture;
  std::atomic<bool> ended = false;
  std::atomic<bool> failed = false;
  std::jthread busy([&] {
    for (int i = 0; !ended; ++i) {
      const auto name = "busy/" + std::to_string(i % 7);
      if (!fixture.put(name + "/x", "content " + std::to_string(i))) failed = true;
      if (i % 3 == 0 && !fixture.remove(name, true)) failed = true;
    }
  });
  for (int i = 0; i < 10; ++i) {
    const auto checked = fixture.try_check();
    if (!checked || !checked->found.empty()) failed = true;
  }
  ended = true;
  busy.join();
  CHECK_FALSE(failed);
}

TEST_CASE("check: a tree whose folders and files are more than a step holds") {
  TreeCheckFixture fixture;
  for (int i = 0; i < 700; ++i) REQUIRE(fixture.put("many/" + std::to_string(i), "x"));
  REQUIRE(fixture.drive->flush_tree());
  for (int i = 0; i < 300; ++i) TreeCheckFixture::write(fixture.shown("many/extra" + std::to_string(i)), "x");
  for (int i = 0; i < 300; ++i) REQUIRE(fs::remove(fixture.shown("many/" + std::to_string(i))));
  CHECK(fixture.check().report.damage == 600);
  CHECK(fixture.repair().found.size() == 600);
  fixture.check_clean();
}

// Which has as many rows as there is in the trash, and no index by node.
TEST_CASE("check: a check does not look up where the things in the trash were") {
  TreeCheckFixture fixture;
  REQUIRE(fixture.remove("a", true));
  REQUIRE(fixture.remove("e"));
  std::mutex mutex;
  std::size_t heard = 0;
  std::vector<std::string> lookups;
  fixture.options.on_statement = [&](const std::string& sql) {
    const std::scoped_lock lock(mutex);
    ++heard;
    if (sql.find("FROM trash WHERE user = ? AND node") != sql.npos) lookups.push_back(sql);
  };
  fixture.reopen();
  fixture.check_clean();
  fixture.drive.reset();
  CHECK(heard > 20);
  CHECK(lookups.empty());
}

}  // namespace ndisk::storage
