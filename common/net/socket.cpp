#include "common/net/socket.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <asio/posix/stream_descriptor.hpp>
#include <asio/redirect_error.hpp>
#include <asio/use_awaitable.hpp>
#include <new>

namespace ndisk::net {

using Clock = std::chrono::steady_clock;

struct Socket::State : std::enable_shared_from_this<State> {
  State(const Executor& executor, int number) : descriptor(executor, number), timer(executor) {}

  asio::posix::stream_descriptor descriptor;
  asio::steady_timer timer;
  std::array<TimePoint, 2> deadlines{TimePoint::max(), TimePoint::max()};
  std::array<bool, 2> woken{};
  bool timer_runs = false;
  bool closed = false;
  bool expired = false;

  void close() {
    if (closed) return;
    closed = true;
    ::shutdown(descriptor.native_handle(), SHUT_RDWR);
    asio::error_code ignored;
    descriptor.cancel(ignored);
    timer.cancel();
  }

  [[nodiscard]] TimePoint earliest_deadline() const { return std::min(deadlines[kRead], deadlines[kWrite]); }

  // The timer is set for the earliest deadline. One that moved later is noticed when the timer fires, which saves
  // setting it anew with every wait.
  void arm() {
    const auto earliest = earliest_deadline();
    if (earliest == TimePoint::max() || (timer_runs && timer.expiry() <= earliest)) return;
    timer.expires_at(earliest);
    auto fired = [self = shared_from_this()](asio::error_code cancelled) {
      if (cancelled) return;  // set anew, or closed
      self->timer_runs = false;
      self->check();
    };
    try {
      timer.async_wait(std::move(fired));
      timer_runs = true;
    } catch (const std::bad_alloc&) {
      close();  // rather than wait without a deadline
    }
  }

  void check() {
    if (closed) return;
    if (earliest_deadline() > Clock::now()) return arm();
    expired = true;
    close();
  }
};

Socket::Socket(const Executor& executor, int descriptor) : state_(std::make_shared<State>(executor, descriptor)) {
  asio::error_code ignored;
  state_->descriptor.non_blocking(true, ignored);
}

Socket::~Socket() {
  if (!state_) return;
  state_->close();
  asio::error_code ignored;
  state_->descriptor.close(ignored);
}

Socket::Socket(Socket&&) noexcept = default;
Socket& Socket::operator=(Socket&&) noexcept = default;

int Socket::descriptor() const { return state_->descriptor.native_handle(); }
Executor Socket::executor() const { return state_->timer.get_executor(); }
void Socket::close() { state_->close(); }
void Socket::wake_reader() {
  if (state_->deadlines[kRead] == TimePoint::max()) return;
  state_->woken[kRead] = true;
  asio::error_code ignored;
  state_->descriptor.cancel(ignored);
}

void Socket::shorten_write_wait(Duration limit) {
  auto& deadline = state_->deadlines[kWrite];
  if (deadline == TimePoint::max()) return;
  deadline = std::min(deadline, Clock::now() + limit);
  state_->arm();
}

bool Socket::is_closed() const { return state_->closed; }
bool Socket::has_deadline() const { return state_->earliest_deadline() != TimePoint::max(); }

Task<Result<void>> Socket::wait_readable(Duration limit) { return wait(kRead, limit); }
Task<Result<void>> Socket::wait_writable(Duration limit) { return wait(kWrite, limit); }

Task<Result<void>> Socket::wait_for_connection() { return wait_until(kRead, TimePoint::max()); }

Task<Result<void>> Socket::wait(Direction direction, Duration limit) {
  return wait_until(direction, Clock::now() + limit);
}

Task<Result<void>> Socket::wait_until(Direction direction, TimePoint deadline) {
  const auto state = state_;
  if (!state->closed) {
    state->deadlines[direction] = deadline;
    state->arm();
    const auto type =
        direction == kRead ? asio::posix::descriptor_base::wait_read : asio::posix::descriptor_base::wait_write;
    asio::error_code ignored;  // whatever is wrong with the socket shows in the next read or write
    do {
      state->woken[direction] = false;
      co_await state->descriptor.async_wait(type, asio::redirect_error(asio::use_awaitable, ignored));
      // A wake-up of the other direction cancels this wait as well.
    } while (ignored && !state->closed && !state->woken[direction]);
    state->deadlines[direction] = TimePoint::max();
  }
  if (state->expired) co_return fail(ErrorCode::kDeadline, "the other side did not answer in time", true);
  if (state->closed) co_return fail(ErrorCode::kNetwork, "the connection was closed", true);
  co_return Result<void>();
}

}  // namespace ndisk::net
