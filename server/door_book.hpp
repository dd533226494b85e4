// Who is at the door: counts connections by network, says who has to go when it is full, and how long a network that
// failed often is kept waiting. Pure: no sockets, no clock, no threads of its own.
//
// Memory is bounded by the limits: a place for each connection, a record for each network that has one or that is
// remembered. One thread at a time; see Door.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <unordered_map>

#include "common/error.hpp"
#include "server/door_limits.hpp"

namespace ndisk::server {

// What peers are counted by: the IPv4 address as ::ffff:a.b.c.d, or an IPv6 address whose last 64 bits are 0.
using PeerNetwork = std::array<std::uint8_t, 16>;

class DoorBook {
 public:
  using Ticket = std::uint64_t;
  using TimePoint = std::chrono::steady_clock::time_point;
  using Duration = std::chrono::steady_clock::duration;

  struct Admission {
    Ticket ticket = 0;
    Duration pause{};                 // before it is listened to
    std::optional<Ticket> displaced;  // a stranger whose place it took, and who is out of the book
  };

  DoorBook() = default;
  explicit DoorBook(DoorLimits limits) : limits_(limits) {}

  // Who spoke, did not log in and makes room for the next of its own network has failed; not if another network comes.
  // kBusy: all places are taken by peers who have logged in. std::bad_alloc: it has no place, and nobody lost one.
  [[nodiscard]] Result<Admission> arrive(const PeerNetwork& network, TimePoint now);
  // It said something: strangers who have been silent for long are displaced before it, and of its own network all who
  // are silent.
  void speak(Ticket ticket);
  // It is no stranger any more. False: it was displaced.
  [[nodiscard]] bool log_in(Ticket ticket);
  // It is done for and only hears its last words: from now on it is a stranger, whoever it was, and the first of its
  // network to go. A stranger that spoke has failed. std::bad_alloc: it is what it was.
  void say_goodbye(Ticket ticket, TimePoint now);
  // A stranger that spoke has failed, unless that was counted when it was said goodbye to. One that was displaced may
  // leave, too; that does not count.
  void leave(Ticket ticket, TimePoint now);

  [[nodiscard]] std::size_t connections() const { return places_.size(); }
  [[nodiscard]] std::size_t strangers() const { return strangers_; }
  // Records, with those that are only remembered.
  [[nodiscard]] std::size_t networks() const { return records_.size(); }

 private:
  enum class Stage : std::uint8_t { kSilent, kSpeaking, kLoggedIn, kLeaving };
  struct Place {
    PeerNetwork network{};
    Stage stage = Stage::kSilent;
    TimePoint arrived{};
  };
  struct Record {
    std::size_t connections = 0;
    double failures = 0;
    TimePoint as_of{};
  };
  // The strangers of one network, oldest first.
  struct Crowd {
    std::deque<Ticket> leaving;
    std::deque<Ticket> silent;
    std::deque<Ticket> speaking;
    [[nodiscard]] std::size_t size() const { return leaving.size() + silent.size() + speaking.size(); }
    [[nodiscard]] std::optional<Ticket> first_to_go() const;
  };

  Result<std::optional<Ticket>> make_room(const PeerNetwork& network, TimePoint now) const;
  [[nodiscard]] std::optional<Ticket> most_silent_stranger(TimePoint now) const;
  [[nodiscard]] std::optional<Ticket> most_crowded_stranger() const;
  [[nodiscard]] double failures_at(const Record& record, TimePoint now) const;
  [[nodiscard]] Duration pause_after(double failures) const;
  Record& add_place(Ticket ticket, const PeerNetwork& network, TimePoint now);
  void forget_if_new(std::map<PeerNetwork, Record>::iterator record);
  void leave_crowd(Ticket ticket, const PeerNetwork& network);
  void displace(Ticket ticket, const PeerNetwork& newcomer, TimePoint now);
  void remove(Ticket ticket);
  void note_failure(Record& record, TimePoint now);
  void forget_some(TimePoint now);

  const DoorLimits limits_;
  std::unordered_map<Ticket, Place> places_;
  std::map<PeerNetwork, Record> records_;
  std::map<PeerNetwork, Crowd> crowds_;  // of networks that have strangers
  std::size_t strangers_ = 0;
  Ticket next_ticket_ = 1;
};

}  // namespace ndisk::server
