#include "server/door.hpp"

namespace ndisk::server {

Result<Door::Pass> Door::arrive(const PeerNetwork& network, TurnOut turn_out) {
  const std::lock_guard lock(mutex_);
  const auto admission = book_.arrive(network, std::chrono::steady_clock::now());
  if (!admission) return std::unexpected(admission.error());
  if (admission->displaced) {
    const auto found = strangers_.find(*admission->displaced);
    found->second(found->first);
    strangers_.erase(found);
  }
  strangers_.emplace(admission->ticket, std::move(turn_out));
  return Pass(this, *admission);
}

void Door::speak(Ticket ticket) {
  const std::lock_guard lock(mutex_);
  book_.speak(ticket);
}

bool Door::log_in(Ticket ticket) {
  const std::lock_guard lock(mutex_);
  strangers_.erase(ticket);
  return book_.log_in(ticket);
}

void Door::leave(Ticket ticket) {
  const std::lock_guard lock(mutex_);
  strangers_.erase(ticket);
  book_.leave(ticket, std::chrono::steady_clock::now());
}

}  // namespace ndisk::server
