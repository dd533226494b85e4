#include "storage/object_hold.hpp"

#include <cerrno>
#include <chrono>
#include <thread>

namespace ndisk::storage {
namespace {

// flock(2) waits for ever or not at all; so with a deadline it is tried again.
constexpr auto kPause = std::chrono::milliseconds(20);
constexpr auto kLongestStep = std::chrono::seconds(30);
// Whoever waits has the lock of this folder meanwhile. Without it the collector, which takes the next step as soon as
// one is done, would always be faster.
constexpr char kQueue[] = "00";

// Nothing if somebody else has it.
Result<std::optional<Fd>> try_lock(FileLayer& files, int objects, const char* name) {
  auto folder = files.open(objects, name, O_RDONLY | O_DIRECTORY);
  if (!folder) return fail_disk(folder.error(), "open", "objects");
  const auto locked = files.lock(folder->get());
  if (locked) return std::move(*folder);
  if (locked.error().number == EWOULDBLOCK) return std::nullopt;
  return fail_disk(locked.error(), "lock", "objects");
}

}  // namespace

Result<std::optional<ObjectHold>> ObjectHold::try_take(FileLayer& files, int objects) {
  const auto first = try_lock(files, objects, kQueue);
  if (!first) return std::unexpected(first.error());
  if (!*first) return std::nullopt;
  auto held = try_lock(files, objects, ".");
  if (!held) return std::unexpected(held.error());
  if (!*held) return std::nullopt;
  return ObjectHold(std::move(**held));
}

Result<ObjectHold> ObjectHold::take(FileLayer& files, int objects) {
  const auto deadline = std::chrono::steady_clock::now() + kLongestStep;
  std::optional<Fd> first;
  for (;;) {
    auto got = try_lock(files, objects, first ? "." : kQueue);
    if (!got) return std::unexpected(std::move(got.error()));
    if (*got && first) return ObjectHold(std::move(**got));
    if (*got) {
      first = std::move(**got);
      continue;
    }
    if (std::chrono::steady_clock::now() > deadline) {
      return fail(ErrorCode::kConflict, "another backup of this drive is under way; wait until it is done", true);
    }
    std::this_thread::sleep_for(kPause);
  }
}

}  // namespace ndisk::storage
