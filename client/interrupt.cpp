#include "client/interrupt.hpp"

#include <asio/redirect_error.hpp>
#include <asio/use_awaitable.hpp>
#include <csignal>
#include <cstdlib>

namespace ndisk::client {
namespace {

// How long the first signal waits for the server before the program ends all the same.
constexpr auto kGoodOrder = std::chrono::seconds(3);

}  // namespace

Interrupt::Interrupt(const net::Executor& executor, Output& output)
    : output_(output), signals_(executor, SIGINT, SIGTERM), patience_(executor) {}

net::Task<> Interrupt::run() {
  asio::error_code cancelled;
  if (!disarmed_) co_await signals_.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
  if (disarmed_) co_return;
  interrupted_ = true;
  output_.show_status("");
  output_.note(advice_.empty() ? std::string("interrupted") : "interrupted: " + advice_);
  if (stop_) stop_();
  auto out_of_patience = [](asio::error_code ended_well) {
    if (!ended_well) std::_Exit(exit_code(ErrorCode::kCancelled));
  };
  patience_.expires_after(kGoodOrder);
  patience_.async_wait(out_of_patience);
  co_await signals_.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
  if (!disarmed_) std::_Exit(exit_code(ErrorCode::kCancelled));
}

void Interrupt::disarm() {
  disarmed_ = true;
  signals_.cancel();
  patience_.cancel();
}

}  // namespace ndisk::client
