// The door that all TCP connections come through: DoorBook for several threads, with a pass for each connection.
//
// Any thread. Outlives all passes.
#pragma once

#include <functional>
#include <mutex>
#include <unordered_map>
#include <utility>

#include "server/door_book.hpp"

namespace ndisk::server {

class Door {
 public:
  using Ticket = DoorBook::Ticket;
  // Ends the connection, soon: its place is another's. Any thread; while the Door is locked.
  using TurnOut = std::function<void(Ticket)>;

  // A connection's place; leaves when destroyed. One that is empty is exempt from everything.
  class Pass {
   public:
    Pass() = default;
    Pass(Pass&& other) noexcept
        : door_(std::exchange(other.door_, nullptr)), ticket_(other.ticket_), pause_(other.pause_) {}
    Pass& operator=(Pass&& other) noexcept {
      std::swap(door_, other.door_);
      std::swap(ticket_, other.ticket_);
      std::swap(pause_, other.pause_);
      return *this;
    }
    ~Pass() {
      if (door_ != nullptr) door_->leave(ticket_);
    }

    // 0 if empty.
    [[nodiscard]] Ticket ticket() const { return ticket_; }
    // How long the peer is kept waiting before it is listened to.
    [[nodiscard]] DoorBook::Duration pause() const { return pause_; }
    void speak() const {
      if (door_ != nullptr) door_->speak(ticket_);
    }
    // False: the place was given to another meanwhile, and the connection is being ended.
    [[nodiscard]] bool log_in() const { return door_ == nullptr || door_->log_in(ticket_); }
    // It only hears its last words, and may be turned out meanwhile: see DoorBook.
    void say_goodbye() const {
      if (door_ != nullptr) door_->say_goodbye(ticket_);
    }

   private:
    friend class Door;
    Pass(Door* door, const DoorBook::Admission& admission)
        : door_(door), ticket_(admission.ticket), pause_(admission.pause) {}
    Door* door_ = nullptr;
    Ticket ticket_ = 0;
    DoorBook::Duration pause_{};
  };

  Door() = default;
  explicit Door(DoorLimits limits) : book_(limits) {}

  // kBusy: there is no room, and nobody who could be turned out. std::bad_alloc: it has no place.
  [[nodiscard]] Result<Pass> arrive(const PeerNetwork& network, TurnOut turn_out);

 private:
  void close(Ticket ticket);
  void speak(Ticket ticket);
  bool log_in(Ticket ticket);
  void say_goodbye(Ticket ticket);
  void leave(Ticket ticket);

  std::mutex mutex_;
  DoorBook book_;
  std::unordered_map<Ticket, TurnOut> turn_outs_;
};

}  // namespace ndisk::server
