// The client's link to its server: one live session at a time, made anew when it is lost.
//
// The I/O thread only. close() before destruction, after every stream has gone. The very first connection fails at
// once; after a session was lost, tries go on with growing pauses until NDISK_RETRY_SECONDS have passed without
// progress, and without a session that served for as long. Then the link has given up, for every caller.
#pragma once

#include <algorithm>
#include <atomic>
#include <functional>
#include <list>
#include <memory>
#include <optional>

#include "client/output.hpp"
#include "client/request_ids.hpp"
#include "client/target.hpp"
#include "common/net/client_session.hpp"

namespace ndisk::client {

class Link {
  struct Slot {
    std::unique_ptr<net::ClientSession> session;
    std::size_t users = 0;
    bool retired = false;
    net::TimePoint since;
  };

 public:
  // Keeps a session from being destroyed. Sessions outlive being current: streams may still hold on to a lost one.
  class Lease {
   public:
    Lease(Link& link, Slot& slot) : link_(&link), slot_(&slot) { ++slot.users; }
    Lease(Lease&& other) noexcept : link_(other.link_), slot_(std::exchange(other.slot_, nullptr)) {}
    Lease& operator=(Lease&&) = delete;
    ~Lease() {
      if (slot_ != nullptr) link_->release(*slot_);
    }
    [[nodiscard]] net::ClientSession& session() const { return *slot_->session; }

   private:
    Link* link_;
    Slot* slot_;
  };

  // A stream and what keeps its session alive.
  struct Stream {
    Lease lease;
    net::ClientStream stream;

    net::ClientStream* operator->() { return &stream; }
  };

  // How often a server that is there has put one request off. One for each request, or part of one, that is tried
  // again.
  class Tries {
   public:
    // That much of the request is done: if it is more than ever, the tries count anew.
    void note_done(std::uint64_t done) {
      if (done > done_) count_ = 0;
      done_ = std::max(done_, done);
    }
    int count_one() { return count_++; }

   private:
    int count_ = 0;
    std::uint64_t done_ = 0;
  };

  Link(const net::Executor& executor, Target target, Output& output);
  ~Link();
  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;

  // For a change; it keeps its id when it is asked for again.
  [[nodiscard]] protocol::RequestId new_request_id() { return request_ids_.next(); }
  // The live session, connecting first if there is none. kCancelled once stop() was called.
  net::Task<Result<Lease>> lease();
  net::Task<Result<Stream>> open_stream();
  // What to do after an error of a stream: returns {} when another try makes sense, after a pause where one is due,
  // which grows with the tries; the error itself when it does not.
  net::Task<Result<void>> before_retry(Error error, Tries& tries);
  // Something arrived for good: the time without progress starts again.
  void note_progress();
  // Whether nothing is due from the server at the moment; nullptr: something is. While that is so the server may be
  // away, and a session need not serve long to end what was before it: only one that is cut at once, again and again,
  // takes time.
  using IsIdle = std::function<bool()>;
  void set_is_idle(IsIdle is_idle) { is_idle_ = std::move(is_idle); }

  // What is asked of the server when stop() finds a session alive, before the goodbye; nullptr: nothing.
  using LastWish = std::function<net::Task<>(net::ClientSession&)>;
  void set_last_wish(LastWish wish) { last_wish_ = std::move(wish); }
  // Interrupted by the user: says goodbye to the server and fails every stream and every wait with kCancelled.
  void stop();
  [[nodiscard]] bool stopping() const { return stopping_; }  // any thread
  // Set when no further request can succeed.
  [[nodiscard]] const std::optional<Error>& given_up() const { return given_up_; }
  [[nodiscard]] const std::string& server_name() const { return target_.shown; }
  [[nodiscard]] const Target& target() const { return target_; }

  net::Task<> close();

 private:
  net::Task<> reconnect();
  net::Task<> pause();
  net::Task<> sleep_unless_stopped(net::Duration length);
  net::Task<> retire(Slot& slot);
  void release(Slot& slot);
  void drop_current();
  void note_loss();
  void say_lost(const Error& error);
  [[nodiscard]] bool is_idle() const { return is_idle_ && is_idle_(); }
  [[nodiscard]] bool is_usable() const;
  [[nodiscard]] bool out_of_time() const;

  net::Executor executor_;
  Target target_;
  RequestIds request_ids_;
  Output& output_;
  net::Duration patience_;
  std::list<Slot> slots_;
  Slot* current_ = nullptr;
  bool connecting_ = false;
  bool was_connected_ = false;
  std::atomic<bool> stopping_ = false;
  LastWish last_wish_;
  IsIdle is_idle_;
  std::optional<Error> given_up_;
  std::optional<net::TimePoint> lost_at_;
  bool said_lost_ = false;
  int pauses_ = 0;
  asio::steady_timer pause_timer_;
  net::Event changed_;
  net::TaskGroup tasks_;
};

}  // namespace ndisk::client
