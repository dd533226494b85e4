#include "server/listener.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <spdlog/spdlog.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <asio/post.hpp>
#include <asio/use_awaitable.hpp>
#include <cstring>
#include <memory>
#include <new>

#include "server/line_budget.hpp"

namespace ndisk::server {
namespace {

constexpr int kBacklog = 1024;
// Connections taken one after the other before signals and other listeners get their turn.
constexpr int kAcceptsPerTurn = 64;
// There may be ten pauses a second for as long as others hold the descriptors.
constexpr std::uint64_t kPausesTold = 5;
constexpr auto kPausesToldEvery = std::chrono::seconds(10);
// A peer that vanished without a word is noticed by the kernel after about two minutes.
constexpr int kKeepAliveIdleSeconds = 60, kKeepAliveIntervalSeconds = 15, kKeepAliveProbes = 4;

protocol::HostPort bound_address(int descriptor) {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  ::getsockname(descriptor, reinterpret_cast<sockaddr*>(&storage), &size);
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (storage.ss_family == AF_INET) {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(storage);
    ::inet_ntop(AF_INET, &v4.sin_addr, text.data(), text.size());
    return {text.data(), ntohs(v4.sin_port)};
  }
  const auto& v6 = reinterpret_cast<const sockaddr_in6&>(storage);
  ::inet_ntop(AF_INET6, &v6.sin6_addr, text.data(), text.size());
  return {text.data(), ntohs(v6.sin6_port)};
}

std::unexpected<Error> fail_listening(int cause, const std::string& shown) {
  if (cause != EACCES) return fail_errno(cause, "listening on", shown);
  return fail(ErrorCode::kNotAllowed, "listening on " + shown +
                                          ": Permission denied; choose a port from 1024 on, or let this user have "
                                          "lower ones (sysctl net.ipv4.ip_unprivileged_port_start)");
}

void keep_alive(int descriptor) {
  const int on = 1;
  ::setsockopt(descriptor, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
  ::setsockopt(descriptor, IPPROTO_TCP, TCP_KEEPIDLE, &kKeepAliveIdleSeconds, sizeof(int));
  ::setsockopt(descriptor, IPPROTO_TCP, TCP_KEEPINTVL, &kKeepAliveIntervalSeconds, sizeof(int));
  ::setsockopt(descriptor, IPPROTO_TCP, TCP_KEEPCNT, &kKeepAliveProbes, sizeof(int));
  ::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

void hand_over(const Listener& listener, const std::function<void(storage::Fd)>& accepted, storage::Fd descriptor) {
  try {
    accepted(std::move(descriptor));
  } catch (const std::bad_alloc&) {
    spdlog::warn("connection closed on={} reason=\"no memory for it\"", listener.shown);
  }
}

void tell_pause(const Listener& listener, LineBudget& words, int cause) {
  const auto answer = words.ask(std::chrono::steady_clock::now());
  if (!answer.write) return;
  spdlog::warn("accept paused on={} reason=\"{}\" left_out={}", listener.shown, std::strerror(cause), answer.left_out);
}

}  // namespace

Result<Listener> listen_tcp(const net::Executor& executor, const protocol::HostPort& address) {
  const auto shown = protocol::format_host_port(address);
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE;
  addrinfo* found = nullptr;
  if (::getaddrinfo(address.host.c_str(), std::to_string(address.port).c_str(), &hints, &found) != 0) {
    return fail(ErrorCode::kInvalid, "--listen " + shown + ": not a numeric address and port");
  }
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(found, ::freeaddrinfo);
  const int descriptor = ::socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return fail_errno(errno, "opening a socket for", shown);
  net::Socket socket(executor, descriptor);
  const int on = 1;
  ::setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (found->ai_family == AF_INET6) ::setsockopt(descriptor, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
  if (::bind(descriptor, found->ai_addr, found->ai_addrlen) != 0 || ::listen(descriptor, kBacklog) != 0) {
    return fail_listening(errno, shown);
  }
  auto bound = bound_address(descriptor);
  auto bound_shown = protocol::format_host_port(bound);
  return Listener{std::move(socket), std::move(bound_shown), std::move(bound)};
}

Result<Listener> listen_unix(const net::Executor& executor, const std::string& directory) {
  const auto shown = directory + "/" + kSocketName;
  const int folder = ::open(directory.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0) return fail_errno(errno, "opening", directory);
  const int descriptor = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0) {
    const int cause = errno;
    ::close(folder);
    return fail_errno(cause, "opening a socket for", shown);
  }
  net::Socket socket(executor, descriptor);
  const auto path = "/proc/self/fd/" + std::to_string(folder) + "/" + kSocketName;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  ::unlinkat(folder, kSocketName, 0);
  const bool bound = ::bind(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 &&
                     ::fchmodat(folder, kSocketName, 0600, 0) == 0 && ::listen(descriptor, kBacklog) == 0;
  const int cause = errno;
  ::close(folder);
  if (!bound) return fail_errno(cause, "listening on", shown);
  return Listener{std::move(socket), shown, std::nullopt};
}

net::Task<> accept_all(Listener& listener, std::function<void(storage::Fd)> accepted, Pause pause) {
  LineBudget words(kPausesTold, kPausesToldEvery);
  for (int in_turn = 1; !listener.socket.is_closed(); ++in_turn) {
    if (in_turn % kAcceptsPerTurn == 0) co_await asio::post(listener.socket.executor(), asio::use_awaitable);
    const int descriptor = ::accept4(listener.socket.descriptor(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (descriptor >= 0) {
      if (listener.address) keep_alive(descriptor);
      hand_over(listener, accepted, storage::Fd(descriptor));
      continue;
    }
    if (errno == EAGAIN || errno == EWOULDBLOCK) {
      const auto waited = co_await listener.socket.wait_for_connection();
      if (!waited) co_return;
    } else if (errno != ECONNABORTED && errno != EINTR && !listener.socket.is_closed()) {
      // No descriptors left, or an error of the new connection that accept(2) passes on: neither ends the listener.
      tell_pause(listener, words, errno);
      co_await pause();
    }
  }
}

}  // namespace ndisk::server
