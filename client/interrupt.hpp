// Ctrl-C and SIGTERM: the first ends the program in good order, a second one at once.
//
// The I/O thread only. Ends with disarm(), after which run() returns.
#pragma once

#include <asio/signal_set.hpp>
#include <functional>

#include "client/output.hpp"
#include "common/net/task.hpp"

namespace ndisk::client {

class Interrupt {
 public:
  Interrupt(const net::Executor& executor, Output& output);

  // What the first signal does, once; must stay callable until disarm().
  void on_first(std::function<void()> stop) { stop_ = std::move(stop); }
  // What is said with it: how to resume.
  void set_advice(std::string advice) { advice_ = std::move(advice); }
  [[nodiscard]] bool interrupted() const { return interrupted_; }

  net::Task<> run();
  void disarm();

 private:
  Output& output_;
  asio::signal_set signals_;
  asio::steady_timer patience_;
  std::function<void()> stop_;
  std::string advice_;
  bool interrupted_ = false;
  bool disarmed_ = false;
};

}  // namespace ndisk::client
