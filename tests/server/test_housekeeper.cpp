#include "server/housekeeper.hpp"

#include <semaphore>

#include "tests/catch.hpp"
#include "tests/server/fake_drive.hpp"

namespace ndisk::server {
namespace {

constexpr auto kPatience = std::chrono::seconds(30);

// Collects at the semaphore, so that the test sees each round.
struct CountedDrive {
  CountedDrive() {
    drive.collected = [this] { rounds.release(); };
  }
  FakeDrive drive;
  std::counting_semaphore<> rounds{0};
};

}  // namespace

TEST_CASE("housekeeper: nothing happens before the start, then a round at once") {
  CountedDrive counted;
  { Housekeeper idle(counted.drive); }
  CHECK_FALSE(counted.rounds.try_acquire());
  Housekeeper housekeeper(counted.drive);
  housekeeper.start();
  CHECK(counted.rounds.try_acquire_for(kPatience));
}

TEST_CASE("housekeeper: whoever asks gets a round, also while one is under way") {
  CountedDrive counted;
  std::binary_semaphore begun{0};
  std::binary_semaphore may_end{0};
  bool is_first = true;
  counted.drive.collected = [&] {
    if (std::exchange(is_first, false)) {
      begun.release();
      may_end.acquire();
    }
    counted.rounds.release();
  };
  Housekeeper housekeeper(counted.drive);
  housekeeper.start();
  REQUIRE(begun.try_acquire_for(kPatience));
  housekeeper.collect_soon();
  may_end.release();
  REQUIRE(counted.rounds.try_acquire_for(kPatience));
  REQUIRE(counted.rounds.try_acquire_for(kPatience));
  housekeeper.collect_soon();
  CHECK(counted.rounds.try_acquire_for(kPatience));
}

}  // namespace ndisk::server
