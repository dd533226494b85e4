#include "client/link.hpp"

#include <algorithm>
#include <asio/redirect_error.hpp>
#include <asio/use_awaitable.hpp>
#include <charconv>
#include <cstdlib>
#include <cstring>

#include "common/random.hpp"

namespace ndisk::client {
namespace {

constexpr auto kFirstPause = std::chrono::milliseconds(100);
constexpr auto kLongestPause = std::chrono::seconds(5);
constexpr int kMostGrowthOfBusy = 5;  // to 3 s: what was put off is to have its turn soon after there is room
constexpr long kDefaultPatienceSeconds = 120;

net::Duration patience_setting() {
  long seconds = kDefaultPatienceSeconds;
  if (const char* text = std::getenv("NDISK_RETRY_SECONDS"); text != nullptr) {
    long value = 0;
    const auto parsed = std::from_chars(text, text + std::strlen(text), value);
    if (parsed.ec == std::errc() && *parsed.ptr == '\0' && value >= 0) seconds = std::min(value, 365L * 24 * 3600);
  }
  return std::chrono::seconds(seconds);
}

Error interrupted() { return {ErrorCode::kCancelled, "interrupted", false}; }

// Half of it is random, so that many clients of a restarted server do not come back in step.
net::Duration pause_length(int pauses) {
  const auto whole = std::min<net::Duration>(kFirstPause * (1 << std::min(pauses, 10)), kLongestPause);
  return whole / 2 + whole / 2 * random_bytes<1>()[0] / 255;
}

Error explained(Error error, const std::string& server) {
  // A socket that is missing says that no server runs there, as a refused connection does.
  if (error.code == ErrorCode::kNotFound) error.code = ErrorCode::kNetwork;
  if (error.code == ErrorCode::kNetwork || error.code == ErrorCode::kDeadline) {
    error.message += "; is ndiskd running at " + server + ", and can it be reached from here?";
  }
  return error;
}

}  // namespace

Link::Link(const net::Executor& executor, Target target, Output& output)
    : executor_(executor),
      target_(std::move(target)),
      output_(output),
      patience_(patience_setting()),
      pause_timer_(executor),
      changed_(executor),
      tasks_(executor) {}

Link::~Link() = default;

bool Link::is_usable() const {
  return current_ != nullptr && !current_->session->failure() && !current_->session->is_going_away();
}

bool Link::out_of_time() const { return lost_at_ && std::chrono::steady_clock::now() - *lost_at_ >= patience_; }

net::Task<Result<Link::Lease>> Link::lease() {
  for (;;) {
    if (stopping_) co_return std::unexpected(interrupted());
    if (given_up_) co_return std::unexpected(*given_up_);
    if (is_usable()) co_return Lease(*this, *current_);
    if (connecting_) {
      co_await changed_.wait();
      continue;
    }
    connecting_ = true;
    co_await reconnect();
    connecting_ = false;
    changed_.notify();
  }
}

net::Task<Result<Link::Stream>> Link::open_stream() {
  Tries tries;
  for (;;) {
    auto leased = co_await lease();
    if (!leased) co_return std::unexpected(leased.error());
    auto stream = co_await leased->session().open_stream();
    if (stream) co_return Stream{std::move(*leased), std::move(*stream)};
    auto retry = co_await before_retry(stream.error(), tries);
    if (!retry) co_return std::unexpected(retry.error());
  }
}

// One try, after a pause if an earlier session was lost.
net::Task<> Link::reconnect() {
  if (was_connected_) note_loss();
  drop_current();
  if (was_connected_) {
    co_await pause();
    if (stopping_) co_return;
  }
  auto session = co_await net::ClientSession::open(target_.server, target_.credentials);
  if (session) {
    slots_.push_back({.session = std::move(*session), .since = std::chrono::steady_clock::now()});
    current_ = &slots_.back();
    was_connected_ = true;
    if (stopping_) drop_current();
    co_return;
  }
  if (lost_at_ && is_idle()) lost_at_ = std::chrono::steady_clock::now();
  const bool may_come_back = session.error().retryable || session.error().code == ErrorCode::kNotFound;
  if (!was_connected_ || !may_come_back || out_of_time()) {
    given_up_ = explained(session.error(), target_.shown);
  } else {
    say_lost(session.error());
  }
}

net::Task<> Link::pause() {
  pause_timer_.expires_after(pause_length(pauses_++));
  asio::error_code cancelled;
  co_await pause_timer_.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
}

net::Task<> Link::sleep_unless_stopped(net::Duration length) {
  const auto end = std::chrono::steady_clock::now() + length;
  while (!stopping_) {
    const auto left = end - std::chrono::steady_clock::now();
    if (left <= net::Duration::zero()) co_return;
    co_await net::sleep_for(std::min<net::Duration>(left, kFirstPause));
  }
}

net::Task<Result<void>> Link::before_retry(Error error, Tries& tries) {
  if (stopping_) co_return std::unexpected(interrupted());
  if (given_up_) co_return std::unexpected(*given_up_);
  if (!error.retryable) co_return std::unexpected(std::move(error));
  note_loss();
  if (out_of_time()) co_return std::unexpected(explained(std::move(error), target_.shown));
  if (!is_usable()) {
    say_lost(error);
    co_return Result<void>();  // lease() pauses and connects, once for all
  }
  co_await sleep_unless_stopped(pause_length(std::min(tries.count_one(), kMostGrowthOfBusy)));
  co_return Result<void>();
}

// A handshake alone ends no outage: a server may take every session and cut it at the same place.
void Link::note_loss() {
  if (lost_at_ && current_ != nullptr && current_->since >= *lost_at_) {
    const auto enough = is_idle() ? std::min<net::Duration>(patience_, kLongestPause) : patience_;
    if (current_->session->served() >= enough) note_progress();
  }
  if (!lost_at_) lost_at_ = std::chrono::steady_clock::now();
}

void Link::note_progress() {
  lost_at_.reset();
  said_lost_ = false;
  pauses_ = 0;
}

void Link::say_lost(const Error& error) {
  if (said_lost_ || stopping_) return;
  said_lost_ = true;
  output_.note("connection lost, trying again (" + error.message + ")");
}

void Link::drop_current() {
  if (current_ == nullptr) return;
  auto& slot = *std::exchange(current_, nullptr);
  slot.retired = true;
  tasks_.spawn(retire(slot));
}

// Streams of a session that only goes away (GoAway) may still end well: it is finished when they are through.
net::Task<> Link::retire(Slot& slot) {
  while (slot.users > 0 && !stopping_) co_await changed_.wait();
  if (stopping_ && last_wish_ && !slot.session->failure()) {
    const auto make_wish = std::exchange(last_wish_, nullptr);
    auto wish = make_wish(*slot.session);
    co_await std::move(wish);
  }
  co_await slot.session->finish();
  while (slot.users > 0) co_await changed_.wait();
  slots_.remove_if([&slot](const Slot& each) { return &each == &slot; });
}

void Link::release(Slot& slot) {
  --slot.users;
  if (slot.retired && slot.users == 0) changed_.notify();
}

void Link::stop() {
  stopping_ = true;
  pause_timer_.cancel();
  drop_current();
  changed_.notify();
}

net::Task<> Link::close() {
  drop_current();
  co_await tasks_.join();
}

}  // namespace ndisk::client
