// A tree that was turned off: it shows the drive of an earlier day, and a rebuild has to know.
#include "tests/storage/rebuild_fixture.hpp"

namespace ndisk::storage {
namespace {

namespace fs = std::filesystem;

class StaleFixture : public RebuildFixture {
 public:
  // "a" has newer content by now, "gone" was removed.
  void use_without_tree() {
    REQUIRE(put("a", "older"));
    REQUIRE(put("gone", "x"));
    REQUIRE(drive->flush_tree());
    options.tree = false;
    reopen();
    REQUIRE(put("a", "newer"));
    REQUIRE(remove("gone"));
  }
  void turn_on() {
    options.tree = true;
    reopen();
  }
  void check_refused() {
    const auto refused = rebuild();
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == ErrorCode::kConflict);
    CHECK_THAT(refused.error().message, Catch::Contains("an earlier day"));
    CHECK_FALSE(fs::exists(data("ndisk.db")));
    CHECK(in_quarantine() == 0);
  }
};

}  // namespace

TEST_CASE("rebuild: a tree that was turned off is refused, and with --force it is said what it is") {
  StaleFixture fixture;
  fixture.use_without_tree();
  SECTION("once") {}
  SECTION("and stayed off") { fixture.reopen(); }
  fixture.lose_catalog();
  fixture.check_refused();
  fixture.force = true;
  CHECK(fixture.must_rebuild().left == 1);
  REQUIRE(fixture.left.size() == 1);
  CHECK_THAT(fixture.left[0], Catch::StartsWith("tree: ") && Catch::Contains("an earlier day"));
  fixture.options.tree = true;
  fixture.open();
  CHECK(fixture.content("a") == "older");
  CHECK(fixture.content("gone") == "x");
}

TEST_CASE("rebuild: a tree that was turned on again, and made anew, is taken") {
  StaleFixture fixture;
  fixture.use_without_tree();
  fixture.turn_on();
  fixture.lose_catalog();
  CHECK(fixture.must_rebuild().left == 0);
  fixture.open();
  CHECK(fixture.names() == std::vector<std::string>{"a"});
  CHECK(fixture.content("a") == "newer");
}

TEST_CASE("rebuild: a tree that was turned on again, and could not be made anew durably, is refused") {
  StaleFixture fixture;
  fixture.use_without_tree();
  fixture.files.fail_call(Call::kSyncFileSystem, EIO, 1, 1'000);
  fixture.turn_on();
  REQUIRE(fixture.put("b", "newest"));
  REQUIRE(fixture.drive->flush_tree());
  fixture.drive.reset();
  fixture.files.heal();
  SECTION("at first") {
    fixture.open();
    fixture.lose_catalog();
    CHECK(fixture.must_rebuild().left == 0);
    fixture.open();
    CHECK(fixture.names() == std::vector<std::string>{"a", "b"});
  }
  SECTION("and its catalog is lost") {
    for (const char* name : {"ndisk.db", "ndisk.db-wal", "ndisk.db-shm"}) fs::remove(fixture.data(name));
    fixture.check_refused();
  }
}

TEST_CASE("rebuild: no tree is turned off that can't be told to be stale") {
  const auto call = GENERATE(Call::kOpen, Call::kSync, Call::kStatus);
  bool is_off = false;
  for (int nth = 1; !is_off && nth < 1'000; ++nth) {
    INFO("call " << static_cast<int>(call) << ", number " << nth);
    StaleFixture fixture;
    REQUIRE(fixture.put("a", "older"));
    REQUIRE(fixture.drive->flush_tree());
    fixture.drive.reset();
    fixture.options.tree = false;
    fixture.files.fail_call(call, EIO, nth);
    auto opened = Drive::open(fixture.options, fixture.files, fixture.clock);
    is_off = opened.has_value();
    if (is_off) fixture.drive = std::move(*opened);
    fixture.files.heal();
    if (!is_off) {
      fixture.options.tree = true;
      fixture.open();
      REQUIRE(fixture.put("b", "newer"));
    }
    fixture.lose_catalog();
    if (is_off) {
      fixture.check_refused();
    } else {
      CHECK(fixture.must_rebuild().files == 2);
    }
  }
  CHECK(is_off);
}

TEST_CASE("rebuild: where no tree was ever kept, nothing says that one is stale") {
  RebuildFixture fixture;
  const auto other = fixture.folder.path() + "/other";
  DriveOptions options;
  options.data_directory = other;
  options.tree = false;
  REQUIRE(Drive::open(options, fixture.files, fixture.clock));
  CHECK_FALSE(fs::exists(other + "/tree-stale"));
}

}  // namespace ndisk::storage
