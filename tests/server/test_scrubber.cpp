#include "server/scrubber.hpp"

#include <semaphore>

#include "common/clock.hpp"
#include "tests/catch.hpp"
#include "tests/server/fake_drive.hpp"

namespace ndisk::server {
namespace {

constexpr auto kPatience = std::chrono::seconds(30);

// Of three steps that read so many bytes each.
class ShortCheck final : public storage::Check {
 public:
  explicit ShortCheck(std::counting_semaphore<>& steps, std::uint64_t bytes = 0) : steps_(steps), bytes_(bytes) {}
  Result<bool> step(std::vector<storage::Finding>&) override {
    report_.bytes += bytes_;
    steps_.release();
    return --left_ > 0;
  }
  const storage::CheckReport& report() const override { return report_; }
  storage::CheckProgress progress() const override { return {}; }

 private:
  std::counting_semaphore<>& steps_;
  const std::uint64_t bytes_;
  storage::CheckReport report_;
  int left_ = 3;
};

class CheckOfStopping final : public storage::Check {
 public:
  Result<bool> step(std::vector<storage::Finding>&) override {
    return fail(ErrorCode::kShuttingDown, "the server is stopping", true);
  }
  const storage::CheckReport& report() const override { return report_; }
  storage::CheckProgress progress() const override { return {}; }

 private:
  storage::CheckReport report_;
};

}  // namespace

TEST_CASE("scrubber: reads all within half of its days, within the bounds of its rate") {
  const ScrubPlan plan{.days = 30};
  constexpr std::uint64_t kSeconds = 15 * 24 * 3600;
  CHECK(Scrubber::rate_for(plan, 0) == plan.least_rate);
  CHECK(Scrubber::rate_for(plan, 10 * plan.least_rate * kSeconds) == 10 * plan.least_rate);
  CHECK(Scrubber::rate_for(plan, 1000 * plan.most_rate * kSeconds) == plan.most_rate);
}

TEST_CASE("scrubber: makes a round after its first rest, and none with 0 days") {
  FakeDrive drive;
  SystemClock clock;
  std::counting_semaphore<> steps{0};
  storage::CheckRequest asked;  // read once a step was made
  drive.make_check = [&](const storage::CheckRequest& request) {
    asked = request;
    return std::make_unique<ShortCheck>(steps);
  };
  {
    Scrubber never(drive, clock, {.days = 0, .first_rest = {}});
    never.start();
  }
  CHECK_FALSE(steps.try_acquire());
  Scrubber scrubber(drive, clock, {.first_rest = {}});
  scrubber.start();
  for (int i = 0; i < 3; ++i) CHECK(steps.try_acquire_for(kPatience));
  CHECK(asked.read_data);
  CHECK_FALSE(asked.repair);
}

TEST_CASE("scrubber: rests after each step for as long as its rate says") {
  FakeDrive drive;
  SystemClock clock;
  std::counting_semaphore<> steps{0};
  drive.make_check = [&](const storage::CheckRequest&) { return std::make_unique<ShortCheck>(steps, 300); };
  Scrubber scrubber(drive, clock, {.first_rest = {}, .least_rate = 1'000, .most_rate = 1'000});
  const auto began = std::chrono::steady_clock::now();
  scrubber.start();
  for (int i = 0; i < 3; ++i) CHECK(steps.try_acquire_for(kPatience));
  CHECK(std::chrono::steady_clock::now() - began >= std::chrono::milliseconds(600));
}

TEST_CASE("scrubber: begins no other round while the drive ends what takes long") {
  FakeDrive drive;
  SystemClock clock;
  std::counting_semaphore<> checks{0};
  drive.make_check = [&](const storage::CheckRequest&) {
    checks.release();
    return std::make_unique<CheckOfStopping>();
  };
  {
    Scrubber scrubber(drive, clock, {.first_rest = {}});
    scrubber.start();
    REQUIRE(checks.try_acquire_for(kPatience));
    // With the time to begin one, if it would.
    CHECK_FALSE(checks.try_acquire_for(std::chrono::milliseconds(100)));
  }
}

}  // namespace ndisk::server
