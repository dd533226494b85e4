#include "server/door_book.hpp"

#include <algorithm>
#include <new>
#include <vector>

namespace ndisk::server {
namespace {

// Failures beyond these would only make the way back longer than the longest pause is worth.
constexpr double kCountedBeyondFree = 10;

}  // namespace

std::optional<DoorBook::Ticket> DoorBook::Crowd::first_to_go() const {
  if (!leaving.empty()) return leaving.front();
  if (!silent.empty()) return silent.front();
  if (!speaking.empty()) return speaking.front();
  return std::nullopt;
}

Result<DoorBook::Admission> DoorBook::arrive(const PeerNetwork& network, TimePoint now) {
  const auto displaced = make_room(network, now);
  if (!displaced) return std::unexpected(displaced.error());
  const auto ticket = next_ticket_++;
  auto& record = add_place(ticket, network, now);
  ++record.connections;
  ++strangers_;
  // After this network has its place, so that its record stays.
  if (*displaced) displace(**displaced, network, now);
  return Admission{ticket, pause_after(failures_at(record, now)), *displaced};
}

// Its own network is to blame, as it could else fail without end and keep the connections; no other one's crowd is.
void DoorBook::displace(Ticket ticket, const PeerNetwork& newcomer, TimePoint now) {
  const auto& place = places_.at(ticket);
  const bool has_failed = place.stage == Stage::kSpeaking && place.network == newcomer;
  if (has_failed) note_failure(records_.at(newcomer), now);
  remove(ticket);
  if (records_.size() > limits_.connections + limits_.remembered_networks) forget_some(now);
}

// All of it, or nothing (std::bad_alloc); nothing is counted yet.
DoorBook::Record& DoorBook::add_place(Ticket ticket, const PeerNetwork& network, TimePoint now) {
  try {
    crowds_[network].silent.push_back(ticket);
    auto& record = records_[network];
    places_.emplace(ticket, Place{network, Stage::kSilent, now});
    return record;
  } catch (const std::bad_alloc&) {
    if (const auto crowd = crowds_.find(network); crowd != crowds_.end()) {
      std::erase(crowd->second.silent, ticket);
      if (crowd->second.size() == 0) crowds_.erase(crowd);
    }
    if (const auto record = records_.find(network); record != records_.end()) forget_if_new(record);
    throw;
  }
}

// Whose place a peer of this network takes; nobody's if there is room.
Result<std::optional<DoorBook::Ticket>> DoorBook::make_room(const PeerNetwork& network, TimePoint now) const {
  const auto record = records_.find(network);
  const auto own_connections = record == records_.end() ? 0 : record->second.connections;
  const auto crowd = crowds_.find(network);
  const auto own_strangers = crowd == crowds_.end() ? 0 : crowd->second.size();
  const bool too_many = own_connections >= limits_.connections_of_network;
  if (own_strangers > 0 && (too_many || own_strangers >= limits_.strangers_of_network)) {
    return crowd->second.first_to_go();
  }
  if (too_many) {
    return fail(ErrorCode::kBusy,
                "its network has " + std::to_string(own_connections) + " connections, which are all that it may");
  }
  if (strangers_ < limits_.strangers && places_.size() < limits_.connections) return std::nullopt;
  if (const auto silent = most_silent_stranger(now)) return silent;
  if (const auto other = most_crowded_stranger()) return other;
  return fail(ErrorCode::kBusy, "all " + std::to_string(places_.size()) + " places are taken by open sessions");
}

// Of the network with the most silent strangers, of those whose oldest has been silent for long.
std::optional<DoorBook::Ticket> DoorBook::most_silent_stranger(TimePoint now) const {
  std::size_t most = 0;
  std::optional<Ticket> found;
  for (const auto& [network, crowd] : crowds_) {
    if (crowd.silent.empty()) continue;
    const auto oldest = crowd.silent.front();
    if (now - places_.at(oldest).arrived < limits_.time_to_speak) continue;
    const auto size = crowd.silent.size();
    if (size < most || (size == most && oldest > *found)) continue;
    most = size;
    found = oldest;
  }
  return found;
}

// Of the network with the most strangers: who comes alone is never the first to go for one of a crowd.
std::optional<DoorBook::Ticket> DoorBook::most_crowded_stranger() const {
  std::size_t most = 0;
  std::optional<Ticket> found;
  for (const auto& [network, crowd] : crowds_) {
    const auto first = crowd.first_to_go();
    if (!first || crowd.size() < most || (crowd.size() == most && *first > *found)) continue;
    most = crowd.size();
    found = first;
  }
  return found;
}

void DoorBook::speak(Ticket ticket) {
  const auto found = places_.find(ticket);
  if (found == places_.end() || found->second.stage != Stage::kSilent) return;
  auto& crowd = crowds_.at(found->second.network);
  crowd.speaking.push_back(ticket);
  std::erase(crowd.silent, ticket);
  found->second.stage = Stage::kSpeaking;
}

bool DoorBook::log_in(Ticket ticket) {
  const auto found = places_.find(ticket);
  if (found == places_.end()) return false;
  if (found->second.stage == Stage::kLoggedIn) return true;
  if (found->second.stage == Stage::kLeaving) return false;
  found->second.stage = Stage::kLoggedIn;
  leave_crowd(ticket, found->second.network);
  return true;
}

void DoorBook::say_goodbye(Ticket ticket, TimePoint now) {
  const auto found = places_.find(ticket);
  if (found == places_.end() || found->second.stage == Stage::kLeaving) return;
  auto& place = found->second;
  const auto crowd = crowds_.try_emplace(place.network).first;
  try {
    crowd->second.leaving.push_back(ticket);
  } catch (const std::bad_alloc&) {
    if (crowd->second.size() == 0) crowds_.erase(crowd);
    throw;
  }
  std::erase(crowd->second.silent, ticket);
  std::erase(crowd->second.speaking, ticket);
  if (place.stage == Stage::kSpeaking) note_failure(records_.at(place.network), now);
  if (place.stage == Stage::kLoggedIn) ++strangers_;
  place.stage = Stage::kLeaving;
}

void DoorBook::leave_crowd(Ticket ticket, const PeerNetwork& network) {
  const auto crowd = crowds_.find(network);
  std::erase(crowd->second.leaving, ticket);
  std::erase(crowd->second.silent, ticket);
  std::erase(crowd->second.speaking, ticket);
  if (crowd->second.size() == 0) crowds_.erase(crowd);
  --strangers_;
}

void DoorBook::leave(Ticket ticket, TimePoint now) {
  const auto found = places_.find(ticket);
  if (found == places_.end()) return;
  if (found->second.stage == Stage::kSpeaking) note_failure(records_.at(found->second.network), now);
  remove(ticket);
  if (records_.size() > limits_.connections + limits_.remembered_networks) forget_some(now);
}

void DoorBook::remove(Ticket ticket) {
  const auto found = places_.find(ticket);
  const auto network = found->second.network;
  const auto record = records_.find(network);
  if (found->second.stage != Stage::kLoggedIn) leave_crowd(ticket, network);
  --record->second.connections;
  places_.erase(found);
  forget_if_new(record);
}

// There is nothing to remember of it.
void DoorBook::forget_if_new(std::map<PeerNetwork, Record>::iterator record) {
  if (record->second.connections == 0 && record->second.failures == 0) records_.erase(record);
}

double DoorBook::failures_at(const Record& record, TimePoint now) const {
  const std::chrono::duration<double> since = now - record.as_of;
  const std::chrono::duration<double> each = limits_.forgiven_every;
  return std::max(0.0, record.failures - std::max(0.0, since / each));
}

DoorBook::Duration DoorBook::pause_after(double failures) const {
  const auto free = static_cast<double>(limits_.free_failures);
  Duration pause{};
  if (failures <= free) return pause;
  pause = limits_.first_pause;
  for (double beyond = failures - free; beyond > 1 && pause < limits_.longest_pause; --beyond) pause *= 2;
  return std::min<Duration>(pause, limits_.longest_pause);
}

void DoorBook::note_failure(Record& record, TimePoint now) {
  const auto most = static_cast<double>(limits_.free_failures) + kCountedBeyondFree;
  record.failures = std::min(failures_at(record, now) + 1, most);
  record.as_of = now;
}

// Those that were forgiven, and if that is not enough, of the others the quarter with the fewest failures. Without
// memory for it none: whoever leaves next tries again.
void DoorBook::forget_some(TimePoint now) {
  std::vector<std::pair<double, PeerNetwork>> remembered;
  try {
    for (const auto& [network, record] : records_) {
      if (record.connections == 0) remembered.emplace_back(failures_at(record, now), network);
    }
  } catch (const std::bad_alloc&) {
    return;
  }
  std::ranges::sort(remembered);
  std::size_t gone = 0;
  for (const auto& [failures, network] : remembered) {
    const bool enough = gone > remembered.size() / 4;
    if (failures > 0 && enough) return;
    records_.erase(network);
    ++gone;
  }
}

}  // namespace ndisk::server
