#include <atomic>
#include <barrier>
#include <thread>

#include "tests/storage/drive_fixture.hpp"

namespace ndisk::storage {
namespace {

constexpr int kRounds = 40;
constexpr std::size_t kThreads = 4;

UserSummary owner(DriveFixture& fixture) {
  const auto users = fixture.drive->accounts().users("", 10);
  REQUIRE(users);
  return users->front();
}

std::uint32_t seed_of(int round, std::size_t thread) {
  return static_cast<std::uint32_t>(static_cast<std::size_t>(round) * kThreads + thread + 1);
}

// In every round all threads act at the same moment. Before each, `set_up` runs alone; after it, `check` does.
template <class SetUp, class Act, class Check>
void race(SetUp set_up, Act act, Check check) {
  for (int round = 0; round < kRounds; ++round) {
    set_up(round);
    std::barrier start(kThreads);
    {
      std::vector<std::jthread> threads;
      for (std::size_t thread = 0; thread < kThreads; ++thread) {
        threads.emplace_back([&, thread] {
          start.arrive_and_wait();
          act(round, thread);
        });
      }
    }
    check(round);
  }
}

}  // namespace

TEST_CASE("quota race: of small files that want the last bytes exactly one wins") {
  DriveFixture fixture;
  std::atomic<int> won = 0;
  race(
      [&](int) {
        won = 0;
        REQUIRE(fixture.drive->accounts().set_quota("owner", owner(fixture).stored + 199));
      },
      [&](int round, std::size_t thread) {
        const auto name = std::to_string(round) + "-" + std::to_string(thread);
        won += fixture.put(fixture.small(name, pattern(100, seed_of(round, thread)))).has_value();
      },
      [&](int round) {
        REQUIRE(won == 1);
        REQUIRE(owner(fixture).stored == 100 * (static_cast<std::uint64_t>(round) + 1));
      });
}

TEST_CASE("quota race: of offers that want the last bytes exactly one is taken") {
  DriveFixture fixture;
  std::array<std::unique_ptr<UploadWriter>, kThreads> writers;
  REQUIRE(fixture.drive->accounts().set_quota("owner", 1'999));
  race([&](int) { writers = {}; },
       [&](int, std::size_t thread) {
         auto answer = fixture.offer(fixture.large(std::to_string(thread), 1'000));
         if (answer) writers[thread] = std::move(answer->writer);
       },
       [&](int) {
         std::size_t taken = 0;
         for (const auto& writer : writers) taken += writer != nullptr;
         REQUIRE(taken == 1);
         REQUIRE(owner(fixture).staged == 1'000);
       });
  writers = {};
  CHECK(owner(fixture).staged == 0);
}

TEST_CASE("quota race: an upload and small files never pass it together, and waste no room that is free") {
  DriveFixture fixture;
  std::atomic<int> won = 0;
  race(
      [&](int) {
        won = 0;
        REQUIRE(fixture.drive->accounts().set_quota("owner", owner(fixture).stored + 2'500));
      },
      [&](int round, std::size_t thread) {
        const auto name = std::to_string(round) + "-" + std::to_string(thread);
        const auto content = pattern(1'000, seed_of(round, thread));
        if (thread % 2 == 0) {
          won += fixture.put(fixture.small(name, content)).has_value();
          return;
        }
        auto answer = fixture.offer(fixture.large(name, content.size()));
        if (!answer || !answer->writer->append(0, content)) return;
        won += fixture.commit(std::move(answer->writer), content).has_value();
      },
      [&](int round) {
        REQUIRE(won == 2);
        REQUIRE(owner(fixture).stored == 2'000 * (static_cast<std::uint64_t>(round) + 1));
        REQUIRE(owner(fixture).staged == 0);
      });
}

TEST_CASE("quota race: uploads of unknown size never pass it together once they are committed") {
  DriveFixture fixture;
  race([&](int) { REQUIRE(fixture.drive->accounts().set_quota("owner", owner(fixture).stored + 2'500)); },
       [&](int round, std::size_t thread) {
         const auto content = pattern(1'000, seed_of(round, thread));
         const auto name = std::to_string(round) + "-" + std::to_string(thread);
         auto answer = fixture.offer(fixture.large(name, std::nullopt));
         if (!answer || !answer->writer->append(0, content)) return;
         (void)fixture.commit(std::move(answer->writer), content);
       },
       [&](int) {
         const auto after = owner(fixture);
         REQUIRE(after.stored <= *after.quota);
       });
}

}  // namespace ndisk::storage
