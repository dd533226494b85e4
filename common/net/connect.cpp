#include "common/net/connect.hpp"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <asio/ip/tcp.hpp>
#include <asio/redirect_error.hpp>
#include <asio/this_coro.hpp>
#include <asio/use_awaitable.hpp>
#include <cstring>
#include <filesystem>
#include <optional>

namespace ndisk::net {
namespace {

using asio::ip::tcp;
// Beside "/proc/self/fd/N/" in the 107 bytes of a socket address.
constexpr std::size_t kMaxSocketNameBytes = 80;
constexpr auto kStagger = std::chrono::milliseconds(250);

// What the attempts of one connect_tcp call share.
struct Race {
  explicit Race(const Executor& own) : executor(own), changed(own), attempts(own) {}
  Executor executor;
  Event changed;
  std::optional<Socket> winner;
  std::vector<Socket*> under_way;
  Error last_error{ErrorCode::kNetwork, "no address to connect to", true};
  std::size_t failed = 0;
  TaskGroup attempts;  // last: its tasks use the rest
};

int open_socket(const tcp::endpoint& endpoint) {
  return ::socket(endpoint.protocol().family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
}

Task<Result<void>> finish_connect(Socket& socket, const tcp::endpoint& endpoint, const std::string& shown,
                                  Duration limit) {
  const int returned = ::connect(socket.descriptor(), endpoint.data(), static_cast<socklen_t>(endpoint.size()));
  if (returned != 0 && errno != EINPROGRESS) co_return fail_errno(errno, "connecting to", shown);
  if (returned != 0) {
    auto writable = co_await socket.wait_writable(limit);
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

Task<> attempt(Race& race, tcp::endpoint endpoint, Duration limit) {
  const auto shown = protocol::format_host_port({endpoint.address().to_string(), endpoint.port()});
  const int descriptor = open_socket(endpoint);
  Result<void> connected = fail_errno(errno, "opening a socket for", shown);
  if (descriptor >= 0) {
    Socket socket(race.executor, descriptor);
    race.under_way.push_back(&socket);
    connected = co_await finish_connect(socket, endpoint, shown, limit);
    std::erase(race.under_way, &socket);
    if (connected && !race.winner) race.winner.emplace(std::move(socket));
  }
  if (!connected) {
    race.last_error = connected.error();
    ++race.failed;
  }
  race.changed.notify();
}

Task<std::vector<tcp::endpoint>> resolve(Race& race, const std::vector<protocol::HostPort>& addresses) {
  std::vector<tcp::endpoint> endpoints;
  for (const auto& address : addresses) {
    tcp::resolver resolver(race.executor);
    asio::error_code error;
    const auto found = co_await resolver.async_resolve(address.host, std::to_string(address.port),
                                                       asio::redirect_error(asio::use_awaitable, error));
    if (error) race.last_error = {ErrorCode::kNetwork, "looking up " + address.host + ": " + error.message(), true};
    for (const auto& entry : found) endpoints.push_back(entry.endpoint());
  }
  co_return endpoints;
}

// Wakes the race so that the next address gets its start.
Task<> nudge(Race& race, asio::steady_timer& timer) {
  asio::error_code cancelled;
  co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
  race.changed.notify();
}

}  // namespace

Task<Result<Socket>> connect_tcp(std::vector<protocol::HostPort> addresses, Duration limit) {
  Race race(co_await asio::this_coro::executor);
  const auto endpoints = co_await resolve(race, addresses);
  asio::steady_timer timer(race.executor);
  for (std::size_t started = 0; !race.winner && race.failed < endpoints.size();) {
    if (started < endpoints.size()) {
      race.attempts.spawn(attempt(race, endpoints[started++], limit));
      timer.expires_after(kStagger);
      race.attempts.spawn(nudge(race, timer));
    }
    const auto failed_before = race.failed;
    const bool may_start_next = started < endpoints.size();
    while (!race.winner && race.failed == failed_before && race.failed < endpoints.size()) {
      co_await race.changed.wait();
      if (may_start_next && timer.expiry() <= std::chrono::steady_clock::now()) break;
    }
  }
  timer.cancel();
  for (auto* socket : race.under_way) socket->close();
  co_await race.attempts.join();
  if (!race.winner) co_return std::unexpected(race.last_error);
  co_return std::move(*race.winner);
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
    } else {
      result = fail_errno(cause, "connecting to", path);
    }
  }
  ::close(directory);
  co_return result;
}

}  // namespace ndisk::net
