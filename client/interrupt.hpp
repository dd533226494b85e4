// Ctrl-C and SIGTERM: the first ends the program in good order, a second one at once.
//
// Signals are read from a descriptor, on a thread of their own: the I/O thread may stand still at a standard output
// that nobody reads. Made before any other thread, since only what is blocked in all of them comes there. Where nothing
// else is said everything public is for the I/O thread; what the first signal does runs there too.
#pragma once

#include <asio/io_context.hpp>
#include <asio/posix/stream_descriptor.hpp>
#include <asio/steady_timer.hpp>
#include <functional>
#include <mutex>
#include <thread>

#include "client/output.hpp"
#include "common/net/task.hpp"

namespace ndisk::client {

class Interrupt {
 public:
  // Waits from now on, until disarm().
  Interrupt(const net::Executor& executor, Output& output);
  ~Interrupt();
  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;

  // What the first signal does, once; must stay callable until disarm().
  void on_first(std::function<void()> stop) { stop_ = std::move(stop); }
  // What is said with it: how to resume.
  void set_advice(std::string advice) { advice_ = std::move(advice); }
  [[nodiscard]] bool interrupted() const { return interrupted_; }

  // Whether a signal has come by now, though nothing may have been done for it yet. Any thread. One that was sent to
  // the whole process group has come once another of the group can be seen to have died of it.
  [[nodiscard]] bool has_come();
  // Does now what the first signal does, unless it was done: what it will do next comes too late for who asks.
  void obey();

  // From now on signals end the process as they do by default.
  void disarm();

 private:
  void wait_for_signals();
  int count_signals();
  void act(int came);

  net::Executor executor_;
  Output& output_;
  std::function<void()> stop_;
  std::string advice_;
  bool interrupted_ = false;
  bool disarmed_ = false;
  asio::io_context own_{1};
  asio::posix::stream_descriptor signals_;
  asio::steady_timer patience_;
  std::mutex mutex_;
  int came_ = 0;        // with the mutex
  bool acted_ = false;  // the own thread's
  std::jthread thread_;
};

}  // namespace ndisk::client
