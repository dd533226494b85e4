#include "storage/object_hold.hpp"

#include <cerrno>
#include <chrono>
#include <thread>

namespace ndisk::storage {
namespace {

// flock(2) waits for ever or not at all; so with a deadline it is tried again.
constexpr auto kPause = std::chrono::milliseconds(20);
constexpr auto kLongestStep = std::chrono::seconds(30);

}  // namespace

Result<std::optional<ObjectHold>> ObjectHold::try_take(FileLayer& files, int objects) {
  auto folder = files.open(objects, ".", O_RDONLY | O_DIRECTORY);
  if (!folder) return fail_disk(folder.error(), "open", "objects");
  const auto locked = files.lock(folder->get());
  if (locked) return ObjectHold(std::move(*folder));
  if (locked.error().number == EWOULDBLOCK) return std::nullopt;
  return fail_disk(locked.error(), "lock", "objects");
}

Result<ObjectHold> ObjectHold::take(FileLayer& files, int objects) {
  const auto deadline = std::chrono::steady_clock::now() + kLongestStep;
  for (;;) {
    auto hold = try_take(files, objects);
    if (!hold) return std::unexpected(std::move(hold.error()));
    if (*hold) return std::move(**hold);
    if (std::chrono::steady_clock::now() > deadline) {
      return fail(ErrorCode::kConflict, "another backup of this drive is under way; wait until it is done", true);
    }
    std::this_thread::sleep_for(kPause);
  }
}

}  // namespace ndisk::storage
