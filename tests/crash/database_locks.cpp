#include "tests/crash/database_locks.hpp"

#include <algorithm>

namespace ndisk::crash {

int DatabaseLocks::lock(Holder who, int level) {
  auto& mine = levels_[who];
  if (mine >= level) return SQLITE_OK;
  const bool foreign_pending = pending_ != nullptr && pending_ != who;
  if (foreign_pending) return SQLITE_BUSY;
  if (level == SQLITE_LOCK_RESERVED) {
    if (reserved_ != nullptr && reserved_ != who) return SQLITE_BUSY;
    reserved_ = who;
  }
  if (level == SQLITE_LOCK_EXCLUSIVE) {
    if (reserved_ != nullptr && reserved_ != who) return SQLITE_BUSY;
    pending_ = who;
    const bool others = std::ranges::any_of(
        levels_, [&](const auto& held) { return held.first != who && held.second >= SQLITE_LOCK_SHARED; });
    if (others) {
      mine = SQLITE_LOCK_PENDING;
      return SQLITE_BUSY;
    }
  }
  mine = level;
  return SQLITE_OK;
}

void DatabaseLocks::unlock(Holder who, int level) {
  const auto found = levels_.find(who);
  if (found == levels_.end() || found->second <= level) return;
  if (reserved_ == who) reserved_ = nullptr;
  if (pending_ == who) pending_ = nullptr;
  found->second = level;
  if (level == SQLITE_LOCK_NONE) levels_.erase(found);
}

void* DatabaseLocks::map(std::size_t piece, std::size_t bytes, bool make) {
  if (piece >= memory_.size() && !make) return nullptr;
  while (memory_.size() <= piece) memory_.push_back(std::make_unique<char[]>(bytes));
  return memory_[piece].get();
}

int DatabaseLocks::lock_shared_memory(Holder who, int first, int count, int flags) {
  const unsigned slots = ((1U << count) - 1) << first;
  auto& mine = slots_of_[who];
  if ((flags & SQLITE_SHM_UNLOCK) != 0) {
    mine.shared &= ~slots;
    mine.exclusive &= ~slots;
    return SQLITE_OK;
  }
  const bool exclusive = (flags & SQLITE_SHM_EXCLUSIVE) != 0;
  for (const auto& [other, held] : slots_of_) {
    const auto blocked = exclusive ? held.shared | held.exclusive : held.exclusive;
    if (other != who && (blocked & slots) != 0) return SQLITE_BUSY;
  }
  (exclusive ? mine.exclusive : mine.shared) |= slots;
  return SQLITE_OK;
}

void DatabaseLocks::leave_shared_memory(Holder who) {
  slots_of_.erase(who);
  if (slots_of_.empty()) memory_.clear();
}

}  // namespace ndisk::crash
