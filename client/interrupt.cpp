#include "client/interrupt.hpp"

#include <asio/post.hpp>
#include <csignal>
#include <cstdlib>

namespace ndisk::client {
namespace {

// How long the first signal waits for the server before the program ends all the same.
constexpr auto kGoodOrder = std::chrono::seconds(3);

[[noreturn]] void end_now() { std::_Exit(exit_code(ErrorCode::kCancelled)); }

}  // namespace

Interrupt::Interrupt(const net::Executor& executor, Output& output)
    : executor_(executor), output_(output), signals_(own_, SIGINT, SIGTERM), patience_(own_) {
  wait_for_first();
  thread_ = std::jthread([this] { own_.run(); });
}

Interrupt::~Interrupt() { disarm(); }

void Interrupt::wait_for_first() {
  auto second = [](asio::error_code cancelled, int) {
    if (!cancelled) end_now();
  };
  auto out_of_patience = [](asio::error_code cancelled) {
    if (!cancelled) end_now();
  };
  auto first = [this, second, out_of_patience](asio::error_code cancelled, int) {
    if (cancelled) return;
    output_.hurry();
    patience_.expires_after(kGoodOrder);
    patience_.async_wait(out_of_patience);
    signals_.async_wait(second);
    auto end = [this] { end_in_good_order(); };
    asio::post(executor_, std::move(end));
  };
  signals_.async_wait(std::move(first));
}

void Interrupt::end_in_good_order() {
  if (disarmed_) return;
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
  signals_.clear(ignored);
}

}  // namespace ndisk::client
