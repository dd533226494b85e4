#include "server/session_directory.hpp"

#include <algorithm>
#include <asio/post.hpp>

namespace ndisk::server {

std::uint64_t SessionDirectory::endings() const {
  const std::lock_guard lock(mutex_);
  return endings_;
}

Result<SessionDirectory::Place> SessionDirectory::enter(const storage::Actor& actor, std::uint64_t endings_before,
                                                        net::Executor executor, End end) {
  const std::lock_guard lock(mutex_);
  if (endings_ != endings_before) {
    return fail(ErrorCode::kBusy, "devices are being revoked at this moment: log in again", true);
  }
  const auto number = next_number_++;
  members_.emplace(number, Member{actor, std::move(executor), std::move(end)});
  return Place(this, number);
}

void SessionDirectory::end_sessions_of(const storage::DeviceId& device, const Error& reason) {
  end_where([&device](const storage::Actor& actor) { return actor.device == device; }, reason);
}

void SessionDirectory::end_sessions_of(std::int64_t user, const Error& reason) {
  end_where([user](const storage::Actor& actor) { return actor.user == user; }, reason);
}

void SessionDirectory::end_where(const std::function<bool(const storage::Actor&)>& matches, const Error& reason) {
  const std::lock_guard lock(mutex_);
  ++endings_;
  for (const auto& [number, member] : members_) {
    if (!matches(member.actor)) continue;
    auto end = [this, number = number, reason] { end_one(number, reason); };
    asio::post(member.executor, std::move(end));
  }
}

// On the session's own thread: who is still a member now stays one until this returns.
void SessionDirectory::end_one(std::uint64_t number, const Error& reason) {
  End end;
  {
    const std::lock_guard lock(mutex_);
    const auto found = members_.find(number);
    if (found == members_.end()) return;
    end = found->second.end;
  }
  end(reason);
}

void SessionDirectory::leave(std::uint64_t number) {
  const std::lock_guard lock(mutex_);
  members_.erase(number);
}

std::size_t SessionDirectory::size() const {
  const std::lock_guard lock(mutex_);
  return members_.size();
}

std::size_t SessionDirectory::count(const storage::DeviceId& device) const {
  const std::lock_guard lock(mutex_);
  return static_cast<std::size_t>(
      std::ranges::count_if(members_, [&device](const auto& entry) { return entry.second.actor.device == device; }));
}

}  // namespace ndisk::server
