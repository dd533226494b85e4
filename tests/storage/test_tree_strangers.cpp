// What stands in DATA/tree and is not the store's: a repair keeps it, in DATA/quarantine.
#include <algorithm>

#include "tests/storage/check_fixture.hpp"
#include "tests/storage/tree_check.hpp"

namespace ndisk::storage {
namespace {

namespace fs = std::filesystem;
using Lines = std::vector<std::string>;

class StrangersFixture : public CheckFixture {
 public:
  StrangersFixture() {
    REQUIRE(put("a/b/c", "content"));
    REQUIRE(put("a/d", "other"));
    REQUIRE(make_folder("empty"));
    REQUIRE(drive->flush_tree());
  }
  [[nodiscard]] std::string shown(const std::string& path) const { return in_tree(*this, path); }
  [[nodiscard]] std::string kept(const std::string& name) const { return read_file(data("quarantine/") + name); }
  // As an editor does: a new file that takes the name.
  static void save(const std::string& path, std::string_view text) {
    {
      std::ofstream file(path + ".new", std::ios::binary);
      file << text;
      REQUIRE(file.flush());
    }
    fs::rename(path + ".new", path);
  }
  // The drive is as it was; what a repair moved is where its findings say, and no check finds anything after it.
  void repair_and_keep(const Lines& expected) {
    const auto repaired = repair();
    INFO(repaired.causes());
    CHECK(repaired.report.damage == 0);
    CHECK(repaired.report.kept == expected.size());
    Lines moved;
    for (const auto& one : repaired.found) {
      CHECK(one.mended);
      if (one.kept.empty()) continue;
      moved.push_back(one.kept);
      CHECK_THAT(one.advice, Catch::Contains(one.kept));
    }
    std::sort(moved.begin(), moved.end());
    CHECK(moved == expected);
    for (const auto& name : expected) CHECK(fs::exists(fs::symlink_status(data(name))));
    check_clean();
    check_tree(*this);
  }
};

}  // namespace

TEST_CASE("strangers: what people saved in the tree is moved to quarantine/ by a repair, and said") {
  StrangersFixture fixture;
  SECTION("over a file, with another size") {
    StrangersFixture::save(fixture.shown("a/b/c"), "the only copy");
    fixture.repair_and_keep({"quarantine/c"});
    CHECK(fixture.kept("c") == "the only copy");
  }
  SECTION("over a file, with the same size") {
    StrangersFixture::save(fixture.shown("a/b/c"), "CONTENT");
    fixture.repair_and_keep({"quarantine/c"});
    CHECK(fixture.kept("c") == "CONTENT");
  }
  SECTION("under a name of its own") {
    StrangersFixture::save(fixture.shown("own"), "the only copy");
    fixture.repair_and_keep({"quarantine/own"});
    CHECK(fixture.kept("own") == "the only copy");
  }
  SECTION("in place of a folder") {
    REQUIRE(fs::remove(fixture.shown("empty")));
    StrangersFixture::save(fixture.shown("empty"), "the only copy");
    fixture.repair_and_keep({"quarantine/empty"});
    CHECK(fixture.kept("empty") == "the only copy");
  }
  SECTION("in a folder of its own, beside links to objects") {
    REQUIRE(fs::create_directories(fixture.shown("a/more/deep")));
    StrangersFixture::save(fixture.shown("a/more/deep/own"), "the only copy");
    fs::create_hard_link(fixture.shown("a/d"), fixture.shown("a/more/link"));
    fixture.repair_and_keep({"quarantine/more"});
    CHECK(fixture.kept("more/deep/own") == "the only copy");
  }
  SECTION("in a folder in place of a file") {
    REQUIRE(fs::remove(fixture.shown("a/d")));
    REQUIRE(fs::create_directory(fixture.shown("a/d")));
    StrangersFixture::save(fixture.shown("a/d/own"), "the only copy");
    fixture.repair_and_keep({"quarantine/d"});
    CHECK(fixture.kept("d/own") == "the only copy");
  }
  SECTION("in a folder beside those of the users") {
    REQUIRE(fs::create_directory(fixture.data("tree/nobody")));
    StrangersFixture::save(fixture.data("tree/nobody/own"), "the only copy");
    fixture.repair_and_keep({"quarantine/nobody"});
    CHECK(fixture.kept("nobody/own") == "the only copy");
  }
}

TEST_CASE("strangers: a link is moved to quarantine/ as a link, and not followed") {
  StrangersFixture fixture;
  REQUIRE(fs::remove(fixture.shown("a/b/c")));
  fs::create_symlink("/etc/hostname", fixture.shown("a/b/c"));
  fixture.repair_and_keep({"quarantine/c"});
  CHECK(fs::read_symlink(fixture.data("quarantine/c")) == "/etc/hostname");
}

TEST_CASE("strangers: nothing in quarantine/ is replaced") {
  StrangersFixture fixture;
  for (const auto* text : {"first", "second"}) {
    StrangersFixture::save(fixture.shown("own"), text);
    REQUIRE(fixture.repair().report.kept == 1);
  }
  CHECK(fixture.kept("own") == "first");
  CHECK(fixture.kept("own~2") == "second");
}

TEST_CASE("strangers: a quarantine/ that people removed after they had emptied it is made again") {
  StrangersFixture fixture;
  for (int i = 0; i < 2; ++i) {
    StrangersFixture::save(fixture.shown("own"), "the only copy");
    fixture.repair_and_keep({"quarantine/own"});
    CHECK(fixture.kept("own") == "the only copy");
    fs::remove_all(fixture.data("quarantine"));
  }
}

TEST_CASE("strangers: what is a link to an object, and folders with nothing else, leave the tree for good") {
  StrangersFixture fixture;
  SECTION("a link with another name") { fs::create_hard_link(fixture.shown("a/d"), fixture.shown("link")); }
  SECTION("a link to the object of another file") {
    REQUIRE(fs::remove(fixture.shown("a/b/c")));
    fs::create_hard_link(fixture.shown("a/d"), fixture.shown("a/b/c"));
  }
  SECTION("a folder that was moved") { fs::rename(fixture.shown("a"), fixture.shown("z")); }
  SECTION("empty folders") { REQUIRE(fs::create_directories(fixture.shown("a/more/deep"))); }
  fixture.repair_and_keep({});
  CHECK(fs::is_empty(fixture.data("tree-removed")));
  std::error_code missing;
  CHECK((!fs::exists(fixture.data("quarantine")) || fs::is_empty(fixture.data("quarantine"), missing)));
}

TEST_CASE("strangers: the last link to content whose object is gone is kept by a repair") {
  StrangersFixture fixture;
  REQUIRE(fs::remove(fixture.object_file("content")));
  const auto repaired = fixture.repair();
  INFO(repaired.causes());
  CHECK(repaired.report.kept == 1);
  CHECK(repaired.report.damage == 1);
  CHECK(fixture.kept("c") == "content");
}

TEST_CASE("strangers: what was saved over a file whose content rots is kept by the repair of that") {
  StrangersFixture fixture;
  fixture.rot(fixture.object_file("content"));
  REQUIRE(fixture.check({.read_data = true}).report.damage == 1);
  StrangersFixture::save(fixture.shown("a/b/c"), "the only copy");
  const auto repaired = fixture.repair();
  INFO(repaired.causes());
  CHECK(repaired.report.kept == 1);
  REQUIRE(fixture.drive->flush_tree());
  CHECK(fixture.kept("c") == "the only copy");
}

TEST_CASE("strangers: what can't be moved to quarantine/ stays where it is, and is damage") {
  StrangersFixture fixture;
  StrangersFixture::save(fixture.shown("own"), "the only copy");
  fixture.files.fail_call(Call::kRename, EACCES, 1, 1000);
  const auto refused = fixture.repair();
  fixture.files.heal();
  INFO(refused.causes());
  CHECK(refused.report.damage == 1);
  CHECK_THAT(refused.causes(), Catch::Contains("could not be put aside"));
  CHECK(fixture.read_file(fixture.shown("own")) == "the only copy");
  fixture.repair_and_keep({"quarantine/own"});
}

TEST_CASE("strangers: what was moved to quarantine/ counts as moved only once it is durable") {
  StrangersFixture fixture;
  StrangersFixture::save(fixture.shown("own"), "the only copy");
  REQUIRE(fixture.repair().report.kept == 1);
  // Its content, the folder that has it now, and the one that had it.
  for (const int nth : {1, 2, 3}) {
    StrangersFixture::save(fixture.shown("own"), "the only copy");
    fixture.files.fail_call(Call::kSync, EIO, nth);
    const auto failed = fixture.repair();
    fixture.files.heal();
    CHECK(failed.report.damage == 1);
    CHECK_THAT(failed.causes(), Catch::Contains("quarantine/own~" + std::to_string(nth + 1)));
  }
}

TEST_CASE("strangers: a link to an object stays out of quarantine/ where the object can't be looked at") {
  int calls = 1;
  for (int nth = 0; nth <= calls; ++nth) {
    INFO(nth << " of " << calls);
    StrangersFixture fixture;
    REQUIRE(fs::remove(fixture.shown("a/b/c")));
    fs::create_hard_link(fixture.shown("a/d"), fixture.shown("a/b/c"));
    const auto before = fixture.files.calls(Call::kStatus);
    if (nth > 0) fixture.files.fail_call(Call::kStatus, EMFILE, nth);
    (void)fixture.try_check({.repair = true});
    if (nth == 0) calls = fixture.files.calls(Call::kStatus) - before;
    fixture.files.heal();
    CHECK_FALSE(fs::exists(fixture.data("quarantine/c")));
    fixture.repair_and_keep({});
  }
}

TEST_CASE("strangers: a link to a damaged object stays out of quarantine/ where that can't be looked at") {
  int calls = 1;
  for (int nth = 0; nth <= calls; ++nth) {
    INFO(nth << " of " << calls);
    StrangersFixture fixture;
    // Another time than its row has: only the object itself tells that the link is to it.
    std::ofstream(fixture.object_file("content"), std::ios::binary | std::ios::in) << "CONTENT";
    const auto before = fixture.files.calls(Call::kStatus);
    if (nth > 0) fixture.files.fail_call(Call::kStatus, EMFILE, nth);
    (void)fixture.try_check({.read_data = true, .repair = true});
    if (nth == 0) calls = fixture.files.calls(Call::kStatus) - before;
    fixture.files.heal();
    CHECK_FALSE(fs::exists(fixture.data("quarantine/c")));
  }
}

}  // namespace ndisk::storage
