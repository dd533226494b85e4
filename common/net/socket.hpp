// A connected, non-blocking socket on one I/O thread: waits for readiness, each with a deadline.
#pragma once

#include <memory>

#include "common/net/task.hpp"

namespace ndisk::net {

class Socket {
 public:
  // Takes the descriptor over and makes it non-blocking. Closed when destroyed; no wait may be under way then.
  Socket(const Executor& executor, int descriptor);
  ~Socket();
  Socket(Socket&&) noexcept;
  Socket& operator=(Socket&&) noexcept;

  [[nodiscard]] int descriptor() const;
  [[nodiscard]] Executor executor() const;

  // At most one wait for each direction at a time. kDeadline after `limit`: the socket is closed() by then. kNetwork
  // when it was closed. Success may come early, with nothing to read or no room to write: asio has one record for
  // descriptors that follow each other, and an event for the last one wakes whoever waits with the next.
  Task<Result<void>> wait_readable(Duration limit);
  Task<Result<void>> wait_writable(Duration limit);
  // The same of a listening socket, until it is closed: nobody owes it a connection. wake_reader() does not end it.
  Task<Result<void>> wait_for_connection();

  // Makes a wait_readable() under way return early, with success: there may be nothing to read.
  void wake_reader();
  // A wait_writable() under way ends after `limit` at the latest.
  void shorten_write_wait(Duration limit);
  // Ends both waits and all traffic. The descriptor stays reserved until the destructor, so nobody else can be given
  // its number while somebody still holds it.
  void close();
  [[nodiscard]] bool is_closed() const;
  // Somebody waits, and not for ever.
  [[nodiscard]] bool has_deadline() const;

 private:
  struct State;
  enum Direction : std::uint8_t { kRead, kWrite };
  Task<Result<void>> wait(Direction direction, Duration limit);
  Task<Result<void>> wait_until(Direction direction, TimePoint deadline);

  // Shared with the timer's callback, which may already be queued when the socket goes.
  std::shared_ptr<State> state_;
};

}  // namespace ndisk::net
