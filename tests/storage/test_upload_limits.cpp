// How many uploads there may be: each that is held has a file open, each that waits has a row.
#include <algorithm>
#include <array>
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
  Error refused(std::uint8_t device, std::string_view name) {
    actor.device = DeviceId{device};
    auto answer = offer(large(name, 100));
    REQUIRE_FALSE(answer.has_value());
    return answer.error();
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
  std::array<std::vector<std::unique_ptr<UploadWriter>>, 8> held;
  const auto offer_many = [&](std::size_t thread) {
    for (std::size_t i = 0; i < 8; ++i) {
      auto answer = drive.offer(drive.large("at once " + std::to_string(thread) + "-" + std::to_string(i), 100));
      if (answer) held[thread].push_back(std::move(answer->writer));
    }
  };
  std::vector<std::jthread> threads;
  for (std::size_t i = 0; i < held.size(); ++i) threads.emplace_back(offer_many, i);
  threads.clear();
  CHECK(std::ranges::count_if(held | std::views::join, [](const auto& writer) { return writer != nullptr; }) == 4);
}

TEST_CASE("uploads: what one device holds is no other's limit") {
  ManyUploads drive;
  drive.hold(1, kMaxHeldUploadsOfDevice);
  drive.hold(2, 1);
  CHECK(drive.held.size() == kMaxHeldUploadsOfDevice + 1);
}

TEST_CASE("uploads: a user has so many unfinished ones over all devices, and cancelling makes room") {
  ManyUploads drive;
  std::uint8_t device = 0;
  while (drive.held.size() < kMaxUploadsOfUser) {
    drive.hold(++device, std::min(kMaxHeldUploadsOfDevice, kMaxUploadsOfUser - drive.held.size()));
  }
  const auto one_more = drive.refused(static_cast<std::uint8_t>(device + 1), "one more");
  CHECK(one_more.code == ErrorCode::kNoSpace);
  CHECK(one_more.message.find("ndisk uploads") != std::string::npos);
  REQUIRE(drive.drive->cancel_upload(drive.actor, drive.held.front()->id()));
  CHECK(drive.writer(drive.large("one more", 100)));
}

}  // namespace ndisk::storage
