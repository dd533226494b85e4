#include "server/open_files.hpp"

namespace ndisk::server {

Result<OpenFiles::Share> OpenFiles::take(std::int64_t user) {
  const std::lock_guard lock(mutex_);
  const auto found = of_user_.find(user);
  const auto held = found == of_user_.end() ? 0 : found->second;
  if (held >= free_) {
    return fail(ErrorCode::kBusy,
                "this user has " + std::to_string(held) + " files open over all sessions, and the server leaves " +
                    std::to_string(free_) + " to the others: try again when one is done",
                true);
  }
  ++of_user_[user];
  --free_;
  return Share(*this, user);
}

void OpenFiles::give_back(std::int64_t user) {
  const std::lock_guard lock(mutex_);
  ++free_;
  const auto found = of_user_.find(user);
  if (--found->second == 0) of_user_.erase(found);
}

}  // namespace ndisk::server
