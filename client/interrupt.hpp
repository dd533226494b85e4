// Ctrl-C and SIGTERM: the first ends the program in good order, a second one at once.
//
// Signals are waited for on a thread of their own: the I/O thread may stand still at a standard output that nobody
// reads. Everything public is for the I/O thread; what the first signal does runs there too.
#pragma once

#include <asio/io_context.hpp>
#include <asio/signal_set.hpp>
#include <asio/steady_timer.hpp>
#include <functional>
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

  // From now on signals end the process as they do by default.
  void disarm();

 private:
  void wait_for_first();
  void end_in_good_order();

  net::Executor executor_;
  Output& output_;
  std::function<void()> stop_;
  std::string advice_;
  bool interrupted_ = false;
  bool disarmed_ = false;
  asio::io_context own_{1};
  asio::signal_set signals_;
  asio::steady_timer patience_;
  std::jthread thread_;
};

}  // namespace ndisk::client
