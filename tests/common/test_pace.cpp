#include "common/pace.hpp"

#include "tests/catch.hpp"

namespace ndisk {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

const Pace::Clock::time_point kStart{seconds(1'000)};

}  // namespace

TEST_CASE("pace: work that took no time rests for all of the time that it is worth") {
  Pace pace(1'000, kStart);
  CHECK(pace.after(2'500, kStart) == milliseconds(2'500));
  CHECK(pace.after(500, kStart) == milliseconds(3'000));
}

TEST_CASE("pace: the time that the work itself took is no rest") {
  Pace pace(1'000, kStart);
  CHECK(pace.after(1'000, kStart + milliseconds(400)) == milliseconds(600));
  CHECK(pace.after(0, kStart + seconds(1)) == seconds(0));
}

TEST_CASE("pace: time in which nothing was done gives a second's work in advance, and no more") {
  Pace pace(1'000, kStart);
  CHECK(pace.after(1'000, kStart + seconds(60)) == seconds(0));
  CHECK(pace.after(1'000, kStart + seconds(60)) == seconds(1));
}

TEST_CASE("pace: no bound, no rest") {
  Pace pace(0, kStart);
  CHECK(pace.after(UINT64_MAX, kStart) == seconds(0));
}

}  // namespace ndisk
