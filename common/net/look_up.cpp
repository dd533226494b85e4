#include "common/net/look_up.hpp"

#include <netdb.h>

#include <asio/post.hpp>
#include <asio/redirect_error.hpp>
#include <asio/this_coro.hpp>
#include <asio/use_awaitable.hpp>
#include <cstring>
#include <memory>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>

namespace ndisk::net {
namespace {

using asio::ip::tcp;

// What the thread that looks up and the coroutine that waits for it have in common. Shared, as either may be the last:
// nothing ends getaddrinfo early, so the thread may be in it long after the coroutine has gone.
struct Question {
  protocol::HostPort host;
  // Before the thread posts its news these are its own, then the coroutine's.
  int failure = 0;
  std::vector<tcp::endpoint> found;

  asio::steady_timer* deadline = nullptr;  // of the coroutine, and for its thread only; nullptr: it has gone
  bool answered = false;
  std::mutex mutex;
  std::optional<Executor> waiting;  // empty: nobody waits, and the executor may be no more
};

void ask_system(Question& question) {
  addrinfo wanted{};
  wanted.ai_socktype = SOCK_STREAM;
  addrinfo* first = nullptr;
  question.failure = ::getaddrinfo(question.host.host.c_str(), nullptr, &wanted, &first);
  if (question.failure != 0) return;
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> all(first, &::freeaddrinfo);
  for (const auto* each = first; each != nullptr; each = each->ai_next) {
    tcp::endpoint endpoint;
    if ((each->ai_family != AF_INET && each->ai_family != AF_INET6) || each->ai_addrlen > endpoint.capacity()) continue;
    std::memcpy(endpoint.data(), each->ai_addr, each->ai_addrlen);
    endpoint.resize(each->ai_addrlen);
    endpoint.port(question.host.port);
    question.found.push_back(endpoint);
  }
}

void answer(const std::shared_ptr<Question>& question) {
  ask_system(*question);
  const std::lock_guard lock(question->mutex);
  if (!question->waiting) return;
  auto tell = [question] {
    if (question->deadline == nullptr) return;
    question->answered = true;
    question->deadline->cancel();
  };
  asio::post(*question->waiting, std::move(tell));
}

Result<void> start(const std::shared_ptr<Question>& question) {
  try {
    std::thread([question] { answer(question); }).detach();
    return {};
  } catch (const std::system_error& error) {
    return fail(ErrorCode::kIo, "looking up " + question->host.host + ": no thread for it: " + error.what(), true);
  }
}

}  // namespace

Task<Result<std::vector<tcp::endpoint>>> look_up(const protocol::HostPort& host, asio::steady_timer& deadline) {
  asio::error_code not_in_numbers;
  const auto address = asio::ip::make_address(host.host, not_in_numbers);
  std::vector<tcp::endpoint> known;
  if (!not_in_numbers) {
    known.emplace_back(address, host.port);
    co_return known;
  }

  const auto executor = co_await asio::this_coro::executor;
  const auto question = std::make_shared<Question>();
  question->host = host;
  question->deadline = &deadline;
  question->waiting = executor;
  if (auto started = start(question); !started) co_return std::unexpected(started.error());
  asio::error_code cancelled;
  co_await deadline.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
  question->deadline = nullptr;
  {
    const std::lock_guard lock(question->mutex);
    question->waiting.reset();
  }
  if (!question->answered) {
    if (cancelled) co_return fail(ErrorCode::kCancelled, "looking up " + host.host + ": no longer wanted");
    co_return fail(ErrorCode::kDeadline, "looking up " + host.host + ": no answer in time", true);
  }
  if (question->failure != 0) {
    co_return fail(ErrorCode::kNetwork, "looking up " + host.host + ": " + ::gai_strerror(question->failure), true);
  }
  co_return std::move(question->found);
}

}  // namespace ndisk::net
