#include "tests/storage/history_fixture.hpp"

namespace ndisk::storage {
namespace {

class RetentionFixture : public HistoryFixture {
 public:
  void keep(const Retention& retention) {
    options.retention = retention;
    reopen();
  }
  // Puts so many versions, a second apart; returns their numbers, newest first.
  std::vector<std::uint64_t> put_versions(std::string_view path, int count) {
    for (int i = 0; i < count; ++i) {
      put_version(path, "content " + std::to_string(i));
      clock.advance(kSecondNs);
    }
    return versions(path);
  }
};

std::vector<std::uint64_t> first(std::vector<std::uint64_t> all, std::size_t count) {
  all.resize(count);
  return all;
}

}  // namespace

TEST_CASE("retention: the trash keeps what it has for its time, to the nanosecond") {
  RetentionFixture fixture;
  fixture.keep({.trash = kDayNs / 2});
  REQUIRE(fixture.put("d/a", "one"));
  REQUIRE(fixture.remove("d", true));
  fixture.clock.advance(kDayNs / 2 - 1);
  CHECK(fixture.collect().trash == 0);
  CHECK(fixture.trash().size() == 1);
  fixture.clock.advance(1);
  const auto report = fixture.collect();
  CHECK(report.trash == 1);
  CHECK(report.nodes == 2);
  CHECK(report.objects == 1);
  CHECK(fixture.trash().empty());
  CHECK(fixture.object_files().empty());
  CHECK(fixture.drive->status()->stored_bytes == 0);
  fixture.check_collected();
}

TEST_CASE("retention: so many earlier versions are kept, the newest") {
  RetentionFixture fixture;
  fixture.keep({.versions = 3});
  const auto all = fixture.put_versions("a", 6);
  const auto report = fixture.collect();
  CHECK(report.versions == 2);
  CHECK(report.objects == 2);
  CHECK(fixture.versions("a") == first(all, 4));
  fixture.check_collected();
  CHECK(fixture.collect().versions == 0);
}

TEST_CASE("retention: nothing goes while there are no more versions than promised") {
  RetentionFixture fixture;
  fixture.keep({.versions = 3});
  const auto all = fixture.put_versions("a", 4);
  fixture.clock.advance(10'000 * kDayNs);
  CHECK(fixture.collect().versions == 0);
  CHECK(fixture.versions("a") == all);
}

TEST_CASE("retention: with none promised, the current version stays") {
  RetentionFixture fixture;
  fixture.keep({.versions = 0});
  const auto all = fixture.put_versions("a", 3);
  CHECK(fixture.collect().versions == 2);
  CHECK(fixture.versions("a") == first(all, 1));
  CHECK(fixture.content("a") == "content 2");
  fixture.check_collected();
}

TEST_CASE("retention: each version is kept for its time after it was replaced, to the nanosecond") {
  RetentionFixture fixture;
  fixture.keep({.versions = 0, .version_age = kDayNs / 2});
  // The oldest was replaced a second after it was made, the next another second later.
  const auto all = fixture.put_versions("a", 3);
  fixture.clock.advance(kDayNs / 2 - 2 * kSecondNs - 1);
  CHECK(fixture.collect().versions == 0);
  CHECK(fixture.versions("a") == all);
  fixture.clock.advance(1);
  CHECK(fixture.collect().versions == 1);
  CHECK(fixture.versions("a") == first(all, 2));
  fixture.clock.advance(kSecondNs - 1);
  CHECK(fixture.collect().versions == 0);
  fixture.clock.advance(1);
  CHECK(fixture.collect().versions == 1);
  CHECK(fixture.versions("a") == first(all, 1));
  fixture.check_collected();
}

TEST_CASE("retention: either promise keeps a version") {
  RetentionFixture fixture;
  fixture.keep({.versions = 2, .version_age = 100 * kSecondNs});
  const auto all = fixture.put_versions("a", 5);
  CHECK(fixture.collect().versions == 0);
  fixture.clock.advance(1000 * kSecondNs);
  CHECK(fixture.collect().versions == 2);
  CHECK(fixture.versions("a") == first(all, 3));
  // What falls out of the number now was replaced long ago.
  REQUIRE(fixture.put("a", "one more"));
  CHECK(fixture.collect().versions == 1);
  CHECK(fixture.versions("a").size() == 3);
  fixture.check_collected();
}

TEST_CASE("retention: a clock that goes back frees nothing sooner") {
  RetentionFixture fixture;
  fixture.keep({.versions = 0, .version_age = kDayNs});
  REQUIRE(fixture.put("a", "one"));
  REQUIRE(fixture.put("a", "two"));
  fixture.clock.advance(-10 * kDayNs);
  REQUIRE(fixture.put("a", "three"));
  fixture.clock.advance(kDayNs);
  fixture.collect();
  CHECK(fixture.versions("a").size() == 3);
  fixture.clock.advance(10 * kDayNs);
  CHECK(fixture.collect().versions == 2);
  fixture.check_collected();
}

TEST_CASE("retention: content that another version refers to stays") {
  RetentionFixture fixture;
  fixture.keep({.versions = 0});
  REQUIRE(fixture.put("a", "shared"));
  REQUIRE(fixture.put("b", "shared"));
  REQUIRE(fixture.put("a", "two"));
  const auto report = fixture.collect();
  CHECK(report.versions == 1);
  CHECK(report.objects == 0);
  CHECK(fixture.content("b") == "shared");
  fixture.check_collected();
  REQUIRE(fixture.put("b", "three"));
  CHECK(fixture.collect().objects == 1);
  fixture.check_collected();
}

TEST_CASE("retention: a version that was restored outlives the one it came from") {
  RetentionFixture fixture;
  fixture.keep({.versions = 1});
  REQUIRE(fixture.put("a", "one"));
  REQUIRE(fixture.put("a", "two"));
  REQUIRE(fixture.restore("a"));
  CHECK(fixture.collect().versions == 1);
  CHECK(fixture.content("a") == "one");
  REQUIRE(fixture.restore("a"));
  CHECK(fixture.content("a") == "two");
  fixture.collect();
  CHECK(fixture.content("a") == "two");
  fixture.check_collected();
}

TEST_CASE("retention: a shorter promise counts from the next start for what is there") {
  RetentionFixture fixture;
  fixture.keep({.versions = 5});
  const auto all = fixture.put_versions("a", 5);
  const auto other = fixture.put_versions("b", 2);
  CHECK(fixture.collect().versions == 0);
  fixture.reopen();
  CHECK(fixture.collect().versions == 0);
  fixture.keep({.versions = 2});
  CHECK(fixture.collect().versions == 2);
  CHECK(fixture.versions("a") == first(all, 3));
  CHECK(fixture.versions("b") == other);
}

TEST_CASE("retention: a longer promise counts too") {
  RetentionFixture fixture;
  fixture.keep({.versions = 0, .version_age = kDayNs});
  const auto all = fixture.put_versions("a", 3);
  CHECK(fixture.collect().versions == 0);
  fixture.keep({.versions = 0, .version_age = 10 * kDayNs});
  fixture.live(2);
  CHECK(fixture.versions("a") == all);
  fixture.live(9);
  CHECK(fixture.versions("a").size() == 1);
}

TEST_CASE("retention: thousands of versions of one file go in many steps") {
  RetentionFixture fixture;
  fixture.options.tree = false;
  fixture.keep({.versions = 1000});
  for (int i = 0; i < 700; ++i) REQUIRE(fixture.put("a", std::to_string(i)));
  fixture.keep({.versions = 3});
  CHECK(fixture.collect().versions == 696);
  CHECK(fixture.versions("a").size() == 4);
  fixture.check_collected();
}

TEST_CASE("retention: what is in the trash is pruned like the rest") {
  RetentionFixture fixture;
  fixture.keep({.versions = 1});
  REQUIRE(fixture.put("d/a", "one"));
  REQUIRE(fixture.put("d/a", "two"));
  REQUIRE(fixture.put("d/a", "three"));
  REQUIRE(fixture.remove("d", true));
  CHECK(fixture.collect().versions == 1);
  REQUIRE(fixture.restore("d"));
  CHECK(fixture.versions("d/a").size() == 2);
  CHECK(fixture.content("d/a") == "three");
  fixture.check_collected();
}

TEST_CASE("retention: promises beyond their bounds are refused") {
  RetentionFixture fixture;
  fixture.drive.reset();
  for (const auto& retention : {Retention{.trash = -1}, Retention{.trash = 36'501 * kDayNs},
                                Retention{.versions = 1'000'000'001}, Retention{.version_age = 36'501 * kDayNs}}) {
    fixture.options.retention = retention;
    const auto refused = Drive::open(fixture.options, fixture.files, fixture.clock);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == ErrorCode::kInvalid);
  }
}

}  // namespace ndisk::storage
