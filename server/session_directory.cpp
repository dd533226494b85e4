#include "server/session_directory.hpp"

#include <algorithm>
#include <asio/post.hpp>

namespace ndisk::server {

std::uint64_t SessionDirectory::endings() const {
  const std::lock_guard lock(mutex_);
  return endings_;
}

Result<SessionDirectory::Place> SessionDirectory::enter(const storage::Actor& actor, std::uint64_t endings_before,
                                                        net::Executor executor, End end, Most most) {
  const std::lock_guard lock(mutex_);
  if (endings_ != endings_before) {
    return fail(ErrorCode::kBusy, "devices are being revoked at this moment: log in again", true);
  }
  if (auto room = check_room(actor, most); !room) return std::unexpected(room.error());
  const auto number = next_number_++;
  members_.emplace(number, Member{actor, std::move(executor), std::move(end)});
  return Place(this, number);
}

std::atomic<std::size_t>& SessionDirectory::streams_of(std::int64_t user) {
  const std::lock_guard lock(mutex_);
  auto& streams = streams_[user];
  if (!streams) streams = std::make_unique<std::atomic<std::size_t>>(0);
  return *streams;
}

Result<void> SessionDirectory::check_room(const storage::Actor& actor, Most most) const {
  std::size_t of_user = 0, of_device = 0;
  for (const auto& [number, member] : members_) {
    of_user += member.actor.user == actor.user ? 1 : 0;
    of_device += member.actor.device == actor.device ? 1 : 0;
  }
  if (of_user < most.of_user && of_device < most.of_device) return {};
  const bool by_user = of_user >= most.of_user;
  return fail(ErrorCode::kBusy,
              std::string(by_user ? "this user" : "this device") + " has " +
                  std::to_string(by_user ? of_user : of_device) +
                  " sessions open, which are all that it may have: try again when one has ended",
              true);
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
