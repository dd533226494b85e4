// What was promised to be kept for a time, on a machine whose clock is wrong for a while.
#include "tests/storage/history_fixture.hpp"

namespace ndisk::storage {
namespace {

class JumpFixture : public HistoryFixture {
 public:
  explicit JumpFixture(const Retention& retention) {
    options.retention = retention;
    reopen();
    collect();
  }
  void jump(int days, bool restart) {
    if (restart) drive.reset();
    clock.advance(days * kDayNs);
    if (restart) open();
    collect();
  }
};

constexpr Retention kTrashOf30Days{.trash = 30 * kDayNs};
constexpr Retention kVersionsOf30Days{.versions = 0, .version_age = 30 * kDayNs};

}  // namespace

TEST_CASE("clock: what was removed while it was behind stays in the trash for its time") {
  const bool restart = GENERATE(true, false);
  JumpFixture fixture(kTrashOf30Days);
  fixture.jump(-40, restart);
  REQUIRE(fixture.put("x", "one"));
  REQUIRE(fixture.remove("x"));
  fixture.jump(40, restart);
  CHECK(fixture.trash().size() == 1);
  fixture.live(29);
  CHECK(fixture.trash().size() == 1);
  fixture.live(1);
  CHECK(fixture.trash().empty());
  fixture.check_collected();
}

TEST_CASE("clock: a version that was replaced while it was behind is kept for its time") {
  const bool restart = GENERATE(true, false);
  JumpFixture fixture(kVersionsOf30Days);
  fixture.jump(-40, restart);
  REQUIRE(fixture.put("x", "one"));
  REQUIRE(fixture.put("x", "two"));
  fixture.jump(40, restart);
  CHECK(fixture.versions("x").size() == 2);
  fixture.live(29);
  CHECK(fixture.versions("x").size() == 2);
  fixture.live(2);
  CHECK(fixture.versions("x").size() == 1);
  fixture.check_collected();
}

TEST_CASE("clock: one that is ahead for a while destroys nothing before its time") {
  JumpFixture fixture(kTrashOf30Days);
  REQUIRE(fixture.put("x", "one"));
  REQUIRE(fixture.remove("x"));
  fixture.live(10);
  fixture.jump(400, true);
  CHECK(fixture.trash().size() == 1);
  fixture.jump(-400, true);
  fixture.live(15);
  CHECK(fixture.trash().size() == 1);
  fixture.live(10);
  CHECK(fixture.trash().empty());
}

TEST_CASE("clock: no more is noted of it than the days of the longest promise") {
  JumpFixture fixture({.trash = 3 * kDayNs, .versions = 0, .version_age = 2 * kDayNs});
  const auto live = [&fixture](int days) {
    for (int i = 0; i < days; ++i) {
      REQUIRE(fixture.put("x", std::to_string(i)));
      REQUIRE(fixture.put("gone", "one"));
      REQUIRE(fixture.remove("gone"));
      fixture.live(1);
    }
  };
  live(20);
  CHECK(fixture.number("SELECT count(*) FROM counters WHERE name GLOB 'day_trash.*'") == 4);
  CHECK(fixture.number("SELECT count(*) FROM counters WHERE name GLOB 'day_version.*'") == 3);
  fixture.options.retention = Retention{.trash = kDayNs};
  fixture.reopen();
  live(1);
  CHECK(fixture.number("SELECT count(*) FROM counters WHERE name GLOB 'day_trash.*'") == 2);
  CHECK(fixture.number("SELECT count(*) FROM counters WHERE name GLOB 'day_version.*'") == 0);
}

}  // namespace ndisk::storage
