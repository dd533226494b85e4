// How many uploads there may be: each that is held has a file open, each that waits has a row.
#include <algorithm>
#include <array>
#include <atomic>
#include <barrier>
#include <cstring>
#include <ranges>
#include <thread>

#include "storage/uploads.hpp"
#include "tests/storage/drive_fixture.hpp"

namespace ndisk::storage {
namespace {

struct ManyUploads : DriveFixture {
  // Of the device with this number.
  void hold(std::uint8_t device, std::size_t count) {
    actor.device = DeviceId{device};
    for (std::size_t i = 0; i < count; ++i) {
      const auto name = std::to_string(device) + "-" + std::to_string(i);
      held.push_back(writer(large(name, 100)));
    }
  }
  // By as many devices as that takes. Returns the next one.
  std::uint8_t hold_of_user(std::size_t count) {
    std::uint8_t device = 0;
    while (held.size() < count) hold(++device, std::min(kMaxHeldUploadsOfDevice, count - held.size()));
    return static_cast<std::uint8_t>(device + 1);
  }
  Error refused(std::uint8_t device, std::string_view name) {
    actor.device = DeviceId{device};
    auto answer = offer(large(name, 100));
    REQUIRE_FALSE(answer.has_value());
    return answer.error();
  }
  // How many of many offers of the actor's device are taken.
  std::size_t offered_at_once() {
    constexpr std::size_t kThreads = 8;
    std::array<std::vector<std::unique_ptr<UploadWriter>>, kThreads> taken;
    std::barrier start(kThreads);
    const auto offer_many = [&](std::size_t thread) {
      start.arrive_and_wait();
      for (std::size_t i = 0; i < 8; ++i) {
        auto answer = offer(large("at once " + std::to_string(thread) + "-" + std::to_string(i), 100));
        if (answer) taken[thread].push_back(std::move(answer->writer));
      }
    };
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < kThreads; ++i) threads.emplace_back(offer_many, i);
    threads.clear();
    return static_cast<std::size_t>(std::ranges::distance(taken | std::views::join));
  }
  std::vector<std::unique_ptr<UploadWriter>> held;
};

}  // namespace

TEST_CASE("uploads: a device holds so many at once, and may go on with those that it has") {
  ManyUploads drive;
  drive.hold(1, kMaxHeldUploadsOfDevice);
  const auto one_more = drive.refused(1, "one more");
  CHECK(one_more.code == ErrorCode::kBusy);
  CHECK(one_more.retryable);
  CHECK(drive.writer(drive.large("1-0", 100)));
  drive.held.pop_back();
  CHECK(drive.writer(drive.large("one more", 100)));
}

TEST_CASE("uploads: offers at the same moment don't give a device more than it may hold") {
  ManyUploads drive;
  drive.hold(1, kMaxHeldUploadsOfDevice - 4);
  CHECK(drive.offered_at_once() == 4);
}

TEST_CASE("uploads: offers at the same moment don't give a user more than there may be") {
  ManyUploads drive;
  drive.actor.device = DeviceId{drive.hold_of_user(kMaxUploadsOfUser - 4)};
  CHECK(drive.offered_at_once() == 4);
}

TEST_CASE("uploads: of those that begin to take room at the same moment no more than there may be do") {
  constexpr std::size_t kThreads = 4;
  constexpr std::size_t kMost = 1000;
  for (int round = 0; round < 20; ++round) {
    StagedBytes staged;
    std::atomic<std::size_t> taken = 0;
    std::barrier start(kThreads);
    std::vector<std::jthread> threads;
    for (std::size_t thread = 0; thread < kThreads; ++thread) {
      threads.emplace_back([&, thread] {
        start.arrive_and_wait();
        for (std::size_t i = 0; i < kMost; ++i) {
          UploadId id{static_cast<std::uint8_t>(thread)};
          std::memcpy(id.data() + 1, &i, sizeof(i));
          taken += staged.set_within(id, 1, 10, kMost);
        }
      });
    }
    threads.clear();
    REQUIRE(taken == kMost);
    REQUIRE(staged.of(1) == 10 * kMost);
  }
}

TEST_CASE("uploads: one that takes room already may take more of it where no other may begin") {
  StagedBytes staged;
  CHECK(staged.set_within(UploadId{1}, 1, 10, 1));
  CHECK_FALSE(staged.set_within(UploadId{2}, 1, 10, 1));
  CHECK(staged.set_within(UploadId{1}, 1, 20, 1));
  CHECK(staged.set_within(UploadId{2}, 2, 10, 1));
  CHECK(staged.of(1) == 20);
}

TEST_CASE("uploads: what one device holds is no other's limit") {
  ManyUploads drive;
  drive.hold(1, kMaxHeldUploadsOfDevice);
  drive.hold(2, 1);
  CHECK(drive.held.size() == kMaxHeldUploadsOfDevice + 1);
}

TEST_CASE("uploads: a user has so many unfinished ones over all devices, and cancelling makes room") {
  ManyUploads drive;
  const auto device = drive.hold_of_user(kMaxUploadsOfUser);
  const auto one_more = drive.refused(device, "one more");
  CHECK(one_more.code == ErrorCode::kNoSpace);
  CHECK(one_more.message.find("ndisk uploads") != std::string::npos);
  REQUIRE(drive.drive->cancel_upload(drive.actor, drive.held.front()->id()));
  CHECK(drive.writer(drive.large("one more", 100)));
}

}  // namespace ndisk::storage
