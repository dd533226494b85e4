// ObjectSync: makes the objects that come with a group of changes durable: at once, or ahead, on a thread of its own,
// while its owner commits the group before.
//
// One group at a time: begin() and wait() take turns, and sync() is for when nothing has begun. All three are for the
// one thread that owns it. What belongs to a group that has begun is the other thread's until wait() returns. The
// object store, and what the hook looks at, outlive it. Where memory is short that is the outcome: to hand a group over
// takes none.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <thread>
#include <vector>

#include "storage/mutation.hpp"
#include "storage/object_store.hpp"

namespace ndisk::storage {

class ObjectSync {
 public:
  using Group = std::span<const std::unique_ptr<Mutation>>;
  // Bytes that uploads have written and not synced: much of it makes a sync of the whole file system dear. From either
  // thread.
  using DirtyBytes = std::move_only_function<std::uint64_t()>;

  // `most`: changes in a group.
  ObjectSync(ObjectStore& objects, std::size_t most, DirtyBytes dirty_upload_bytes);
  ~ObjectSync();

  // After an error, objects of the group that are not marked durable may not be believed (ObjectStore::persist).
  [[nodiscard]] Result<void> sync(Group group);
  // Begins the same; the group stays as it is until wait() has returned what became of it.
  void begin(Group group);
  [[nodiscard]] Result<void> wait();

 private:
  // Whose objects are to be made durable; then that.
  void gather(Group group);
  Result<void> persist();
  void run_thread();

  ObjectStore& objects_;
  DirtyBytes dirty_upload_bytes_;
  std::vector<NewObject*> of_group_;  // room for a whole one; whose turn it is may use it

  std::mutex mutex_;
  std::condition_variable changed_;
  bool has_begun_ = false;
  std::optional<Result<void>> outcome_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace ndisk::storage
