#include "common/net/connect.hpp"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <asio/ip/tcp.hpp>
#include <asio/redirect_error.hpp>
#include <asio/this_coro.hpp>
#include <asio/use_awaitable.hpp>
#include <cstring>
#include <filesystem>
#include <list>
#include <optional>

#include "common/net/handshake.hpp"
#include "common/net/look_up.hpp"

namespace ndisk::net {
namespace {

using asio::ip::tcp;
// Beside "/proc/self/fd/N/" in the 107 bytes of a socket address.
constexpr std::size_t kMaxSocketNameBytes = 80;

struct Place {
  tcp::endpoint endpoint;
  protocol::HostPort address;  // as it was given
};

// What the attempts of one connect_tcp call share.
struct Race {
  Race(const Executor& own, MakeTransport transport, ConnectTimes each)
      : executor(own), make_transport(std::move(transport)), times(each), changed(own), courtesy(own), attempts(own) {
    courtesy.expires_at(TimePoint::min());
  }
  void note(Error error);
  [[nodiscard]] bool is_greeting() const { return courtesy.expiry() > std::chrono::steady_clock::now(); }
  Executor executor;
  MakeTransport make_transport;
  ConnectTimes times;
  Event changed;
  asio::steady_timer courtesy;  // until then a handshake has the field to itself
  std::optional<Connected> winner;
  std::vector<Socket*> under_way;
  std::vector<Place> places;               // known so far
  std::list<asio::steady_timer> look_ups;  // the deadlines of those that may bring more
  std::optional<Error> cause;              // of the failure, if it ends as one
  bool may_come_back = false;
  std::size_t failed = 0;
  TaskGroup attempts;  // last: its tasks use the rest
};

// Another server in the place of ours is what has to be seen, whatever the other addresses say; but one of them may
// come back. So may who does not answer, whatever is wrong for good with other addresses.
void Race::note(Error error) {
  may_come_back = may_come_back || error.retryable;
  const auto rank = [](const Error& one) { return one.code == ErrorCode::kIdentity ? 2 : one.retryable ? 1 : 0; };
  if (!cause || (rank(*cause) < 2 && rank(error) >= rank(*cause))) cause = std::move(error);
  if (cause->code == ErrorCode::kIdentity) cause->retryable = may_come_back;
}

int open_socket(const tcp::endpoint& endpoint) {
  return ::socket(endpoint.protocol().family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
}

bool is_writable(const Socket& socket) {
  pollfd writable{socket.descriptor(), POLLOUT, 0};
  return ::poll(&writable, 1, 0) > 0;
}

Task<Result<void>> finish_connect(Socket& socket, const tcp::endpoint& endpoint, const std::string& shown,
                                  Duration limit) {
  const int returned = ::connect(socket.descriptor(), endpoint.data(), static_cast<socklen_t>(endpoint.size()));
  if (returned != 0 && errno != EINPROGRESS) co_return fail_errno(errno, "connecting to", shown);
  const auto deadline = std::chrono::steady_clock::now() + limit;
  // A wait may end early: see Socket::wait_readable().
  for (bool connected = returned == 0; !connected; connected = is_writable(socket)) {
    auto writable = co_await socket.wait_writable(deadline - std::chrono::steady_clock::now());
    if (!writable && writable.error().code == ErrorCode::kDeadline) {
      co_return fail(ErrorCode::kDeadline, "connecting to " + shown + ": no answer in time", true);
    }
    if (!writable) co_return writable;
  }
  int cause = 0;
  socklen_t size = sizeof cause;
  ::getsockopt(socket.descriptor(), SOL_SOCKET, SO_ERROR, &cause, &size);
  if (cause != 0) co_return fail_errno(cause, "connecting to", shown);
  const int on = 1;
  ::setsockopt(socket.descriptor(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  co_return Result<void>();
}

// Wakes the race so that the next address, or the next handshake, gets its start.
Task<> nudge(Race& race, asio::steady_timer& timer) {
  asio::error_code cancelled;
  co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
  race.changed.notify();
}

// A connected socket has to pass this before it may win.
Task<Result<void>> greet(Race& race, Connected& candidate, const std::string& shown) {
  race.courtesy.expires_after(race.times.courtesy);
  race.attempts.spawn(nudge(race, race.courtesy));
  candidate.transport = race.make_transport(candidate.socket.descriptor());
  auto shaken = co_await shake_hands(*candidate.transport, candidate.socket, race.times.limit);
  if (!shaken) shaken.error().message = "connecting to " + shown + ": " + shaken.error().message;
  if (!shaken) race.courtesy.expires_at(TimePoint::min());
  co_return shaken;
}

Task<> attempt(Race& race, Place place) {
  const auto& endpoint = place.endpoint;
  const auto shown = protocol::format_host_port({endpoint.address().to_string(), endpoint.port()});
  const int descriptor = open_socket(endpoint);
  Result<void> connected = fail_errno(errno, "opening a socket for", shown);
  if (descriptor >= 0) {
    Connected candidate{Socket(race.executor, descriptor), nullptr, std::move(place.address)};
    race.under_way.push_back(&candidate.socket);
    connected = co_await finish_connect(candidate.socket, endpoint, shown, race.times.limit);
    while (connected && !race.winner && race.is_greeting()) co_await race.changed.wait();
    // Who has lost by now says nothing: to a server, half a handshake is a failure.
    if (connected && !race.winner) connected = co_await greet(race, candidate, shown);
    std::erase(race.under_way, &candidate.socket);
    if (connected && !race.winner) race.winner.emplace(std::move(candidate));
  }
  if (!connected) {
    race.note(connected.error());
    ++race.failed;
  }
  race.changed.notify();
}

Task<> add_endpoints(Race& race, protocol::HostPort host, std::list<asio::steady_timer>::iterator deadline) {
  auto found = co_await look_up(host, *deadline);
  race.look_ups.erase(deadline);
  if (found) {
    for (auto& endpoint : *found) race.places.push_back({endpoint, host});
  } else {
    race.note(found.error());
  }
  race.changed.notify();
}

}  // namespace

// Names are looked up side by side, and what is known of one is tried while others are still unknown.
Task<Result<Connected>> connect_tcp(std::vector<protocol::HostPort> addresses, MakeTransport make_transport,
                                    ConnectTimes times) {
  Race race(co_await asio::this_coro::executor, std::move(make_transport), times);
  for (const auto& address : addresses) {
    race.look_ups.emplace_back(race.executor, times.limit);
    race.attempts.spawn(add_endpoints(race, address, std::prev(race.look_ups.end())));
  }
  asio::steady_timer timer(race.executor);
  std::size_t started = 0;
  std::size_t failed_before = 0;
  while (!race.winner && (!race.look_ups.empty() || race.failed < race.places.size())) {
    const bool is_due = race.failed > failed_before || timer.expiry() <= std::chrono::steady_clock::now();
    if (is_due && started < race.places.size()) {
      failed_before = race.failed;
      race.attempts.spawn(attempt(race, race.places[started++]));
      timer.expires_after(times.stagger);
      race.attempts.spawn(nudge(race, timer));
    } else {
      co_await race.changed.wait();
    }
  }
  timer.cancel();
  race.courtesy.cancel();
  race.changed.notify();
  for (auto& each : race.look_ups) each.cancel();
  for (auto* socket : race.under_way) socket->close();
  co_await race.attempts.join();
  if (race.winner) co_return std::move(*race.winner);
  if (race.cause) co_return std::unexpected(*race.cause);
  co_return fail(ErrorCode::kNetwork, "no address to connect to", true);
}

Task<Result<Socket>> connect_unix(std::string path) {
  const auto executor = co_await asio::this_coro::executor;
  const std::filesystem::path whole(path);
  const auto folder = whole.has_parent_path() ? whole.parent_path().string() : ".";
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (whole.filename().string().size() > kMaxSocketNameBytes) {
    co_return fail(ErrorCode::kInvalid, "the socket's name is too long: " + path);
  }
  const int directory = ::open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (directory < 0) co_return fail_errno(errno, "opening", folder);
  const auto reachable = "/proc/self/fd/" + std::to_string(directory) + "/" + whole.filename().string();
  const int descriptor = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  Result<Socket> result = fail_errno(errno, "opening a socket for", path);
  if (descriptor >= 0) {
    std::memcpy(address.sun_path, reachable.c_str(), reachable.size() + 1);
    Socket socket(executor, descriptor);
    const int returned = ::connect(socket.descriptor(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
    const int cause = errno;
    if (returned == 0) {
      result = std::move(socket);
    } else if (cause == EAGAIN) {
      result = fail(ErrorCode::kBusy, "connecting to " + path + ": too many wait there to be let in", true);
    } else {
      result = fail_errno(cause, "connecting to", path);
    }
  }
  ::close(directory);
  co_return result;
}

}  // namespace ndisk::net
