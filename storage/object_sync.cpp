#include "storage/object_sync.hpp"

#include <new>
#include <string>

#include "storage/log.hpp"

namespace ndisk::storage {
namespace {

// More than this, and a sync of the whole file system would make small files wait for somebody's large one.
constexpr std::uint64_t kMaxForeignDirtyBytes = 16 << 20;

}  // namespace

ObjectSync::ObjectSync(ObjectStore& objects, std::size_t most, DirtyBytes dirty_upload_bytes)
    : objects_(objects), dirty_upload_bytes_(std::move(dirty_upload_bytes)) {
  of_group_.reserve(most);
  thread_ = std::thread([this] { run_thread(); });
}

ObjectSync::~ObjectSync() {
  {
    const std::scoped_lock lock(mutex_);
    stopping_ = true;
    changed_.notify_all();
  }
  thread_.join();
}

Result<void> ObjectSync::sync(Group group) {
  gather(group);
  return persist();
}

void ObjectSync::begin(Group group) {
  gather(group);
  const std::scoped_lock lock(mutex_);
  if (of_group_.empty()) {
    outcome_.emplace();
    return;
  }
  has_begun_ = true;
  changed_.notify_all();
}

Result<void> ObjectSync::wait() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return outcome_.has_value(); });
  auto outcome = std::move(*outcome_);
  outcome_.reset();
  return outcome;
}

void ObjectSync::gather(Group group) {
  of_group_.clear();
  for (const auto& mutation : group) {
    auto* object = mutation->object();
    if (object != nullptr && !object->durable) of_group_.push_back(object);
  }
}

Result<void> ObjectSync::persist() {
  if (of_group_.empty()) return {};
  try {
    const bool quiet = !dirty_upload_bytes_ || dirty_upload_bytes_() <= kMaxForeignDirtyBytes;
    auto persisted = objects_.persist(of_group_, quiet);
    if (!persisted) {
      log_warning("a group of " + std::to_string(of_group_.size()) +
                  " files was not stored: " + persisted.error().message);
    }
    return persisted;
  } catch (const std::bad_alloc&) {
    return std::unexpected(out_of_memory());
  }
}

void ObjectSync::run_thread() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return has_begun_ || stopping_; });
    if (!has_begun_) return;
    has_begun_ = false;
    lock.unlock();
    auto outcome = persist();
    lock.lock();
    outcome_ = std::move(outcome);
    changed_.notify_all();
  }
}

}  // namespace ndisk::storage
