#include "server/door.hpp"

#include <spdlog/spdlog.h>

#include <new>

namespace ndisk::server {

Result<Door::Pass> Door::arrive(const PeerNetwork& network, TurnOut turn_out) {
  const std::lock_guard lock(mutex_);
  const auto now = std::chrono::steady_clock::now();
  const auto admission = book_.arrive(network, now);
  if (!admission) return std::unexpected(admission.error());
  if (admission->displaced) close(*admission->displaced);
  try {
    turn_outs_.emplace(admission->ticket, std::move(turn_out));
  } catch (const std::bad_alloc&) {
    book_.leave(admission->ticket, now);
    throw;
  }
  return Pass(this, *admission);
}

// One whose end gets no memory stays until its deadline, and can't log in.
void Door::close(Ticket ticket) {
  const auto found = turn_outs_.find(ticket);
  if (found == turn_outs_.end()) return;
  try {
    found->second(ticket);
  } catch (const std::bad_alloc&) {
    spdlog::warn("a connection whose place is another's stays until its deadline: no memory for its end");
  }
  turn_outs_.erase(found);
}

void Door::speak(Ticket ticket) {
  const std::lock_guard lock(mutex_);
  book_.speak(ticket);
}

bool Door::log_in(Ticket ticket) {
  const std::lock_guard lock(mutex_);
  return book_.log_in(ticket);
}

// Without memory it stays what it was until it leaves, which it does soon.
void Door::say_goodbye(Ticket ticket) {
  const std::lock_guard lock(mutex_);
  try {
    book_.say_goodbye(ticket, std::chrono::steady_clock::now());
  } catch (const std::bad_alloc&) {
    spdlog::warn("a connection that ends keeps its place at the door until it is closed: no memory to note the end");
  }
}

void Door::leave(Ticket ticket) {
  const std::lock_guard lock(mutex_);
  turn_outs_.erase(ticket);
  book_.leave(ticket, std::chrono::steady_clock::now());
}

}  // namespace ndisk::server
