#include "client/interrupt.hpp"

#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <asio/post.hpp>
#include <climits>
#include <cstdlib>

namespace ndisk::client {
namespace {

// How long the first signal waits for the server before the program ends all the same.
constexpr auto kGoodOrder = std::chrono::seconds(3);

[[noreturn]] void end_now() { std::_Exit(exit_code(ErrorCode::kCancelled)); }

sigset_t signals_waited_for() {
  sigset_t set;
  ::sigemptyset(&set);
  ::sigaddset(&set, SIGINT);
  ::sigaddset(&set, SIGTERM);
  return set;
}

// The kernel gives a signal to a process group, from kill(2) and from a terminal's Ctrl-C alike, in one go under its
// lock on the list of processes, shared; setpgid(2) takes that lock alone before it looks for the process, here one
// that can't be. When it returns, whoever was signalling has been through with the whole group.
void wait_for_who_signals_the_group() { ::setpgid(INT_MAX, INT_MAX); }

}  // namespace

Interrupt::Interrupt(const net::Executor& executor, Output& output)
    : executor_(executor), output_(output), signals_(own_), patience_(own_) {
  const auto set = signals_waited_for();
  const int descriptor = ::signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
  if (descriptor < 0) return;  // they end the process as they do by default
  ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
  signals_.assign(descriptor);
  wait_for_signals();
  thread_ = std::jthread([this] { own_.run(); });
}

Interrupt::~Interrupt() { disarm(); }

void Interrupt::wait_for_signals() {
  auto readable = [this](asio::error_code failed) {
    if (failed) return;
    act(count_signals());
    wait_for_signals();
  };
  signals_.async_wait(asio::posix::descriptor_base::wait_read, std::move(readable));
}

// Taken and counted in one, so that one that was taken elsewhere is never missed here.
int Interrupt::count_signals() {
  const std::scoped_lock lock(mutex_);
  signalfd_siginfo signal{};
  while (::read(signals_.native_handle(), &signal, sizeof signal) == static_cast<ssize_t>(sizeof signal)) ++came_;
  return came_;
}

void Interrupt::act(int came) {
  if (came > 1) end_now();
  if (came == 0 || acted_) return;
  acted_ = true;
  output_.hurry();
  auto out_of_patience = [](asio::error_code cancelled) {
    if (!cancelled) end_now();
  };
  patience_.expires_after(kGoodOrder);
  patience_.async_wait(std::move(out_of_patience));
  auto end = [this] { obey(); };
  asio::post(executor_, std::move(end));
}

bool Interrupt::has_come() {
  wait_for_who_signals_the_group();
  if (count_signals() == 0) return false;
  auto see_to_it = [this] { act(count_signals()); };
  asio::post(own_, std::move(see_to_it));
  return true;
}

void Interrupt::obey() {
  if (disarmed_ || interrupted_) return;
  interrupted_ = true;
  output_.show_status("");
  output_.note(advice_.empty() ? std::string("interrupted") : "interrupted: " + advice_);
  if (stop_) stop_();
}

void Interrupt::disarm() {
  if (disarmed_) return;
  disarmed_ = true;
  own_.stop();
  if (thread_.joinable()) thread_.join();
  asio::error_code ignored;
  signals_.close(ignored);
  const auto set = signals_waited_for();
  ::pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
}

}  // namespace ndisk::client
