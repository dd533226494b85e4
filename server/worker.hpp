// One I/O thread's connections: takes accepted sockets, finds out what they speak, runs their sessions.
//
// add() and turn_out() may be called from any thread, stop() once; everything else happens on the I/O thread. Construct
// and destroy on any thread; stop() must have completed before destruction.
#pragma once

#include <atomic>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "common/net/task.hpp"
#include "server/body_memory.hpp"
#include "server/services.hpp"
#include "server/session.hpp"
#include "storage/fd.hpp"

namespace ndisk::server {

class Worker {
 public:
  // `body_bytes`: what all sessions of this thread together hold of received frames.
  Worker(Services& services, net::Executor executor, std::size_t body_bytes);

  // std::bad_alloc: the connection is closed.
  void add(storage::Fd descriptor, Peer peer, Door::Pass pass);
  // The place of this stranger is another's: ends its connection, soon.
  void turn_out(Door::Ticket ticket);
  // Connections now: for choosing the least loaded.
  [[nodiscard]] std::size_t load() const { return load_; }
  // Lets sessions finish what they are in for the stop limit, tells those that remain, then cuts them off; returns when
  // all are gone. On the worker's own executor.
  net::Task<> stop();

 private:
  // A connection's part of the load; leaves when destroyed.
  class Place {
   public:
    explicit Place(std::atomic<std::size_t>& load) : load_(&load) { ++*load_; }
    Place(Place&& other) noexcept : load_(std::exchange(other.load_, nullptr)) {}
    Place& operator=(Place&&) = delete;
    ~Place() {
      if (load_ != nullptr) --*load_;
    }

   private:
    std::atomic<std::size_t>* load_;
  };
  // A connection that is no session: not yet, or it is told why it won't be one.
  struct Visitor {
    Place place;
    net::Socket socket;
    Peer peer;
    Door::Pass pass;
    net::TimePoint login_deadline;
    asio::steady_timer pause;
    net::FrameConnection* last_words = nullptr;  // has the socket, while it is turned away
  };

  net::Task<> serve(Visitor visitor);
  net::Task<Result<void>> receive(Visitor& visitor);
  net::Task<Result<std::uint8_t>> first_byte(Visitor& visitor);
  net::Task<Result<void>> answer(Visitor& visitor, std::uint8_t first_byte);
  net::Task<> run_session(Visitor& visitor, std::unique_ptr<net::Transport> transport);
  static void end(Visitor& visitor);
  net::Task<> turn_away(Visitor& visitor, std::string_view last_words);
  [[nodiscard]] bool allows_plaintext(const Peer& peer) const;
  net::Task<> end_sessions();

  Services& services_;
  net::Executor executor_;
  BodyMemory bodies_;
  std::atomic<std::size_t> load_ = 0;
  std::unordered_set<Session*> sessions_;
  std::unordered_set<Visitor*> visitors_;
  bool stopping_ = false;
  asio::steady_timer stop_timer_;
  net::TaskGroup tasks_;
};

}  // namespace ndisk::server
