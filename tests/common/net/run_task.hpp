// Runs a coroutine on an io_context of its own until it ends, and lets its failures reach the test.
#pragma once

#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>
#include <asio/post.hpp>
#include <asio/use_awaitable.hpp>
#include <chrono>
#include <exception>
#include <functional>

#include "common/net/task.hpp"
#include "tests/catch.hpp"

namespace ndisk::net {

// Lets every other coroutine of this thread run until it waits for something that is not there: turns of the event
// loop, not time.
inline Task<> settle(Executor executor) {
  constexpr int kTurns = 20;
  for (int turn = 0; turn < kTurns; ++turn) co_await asio::post(executor, asio::use_awaitable);
}

// Turns of the event loop until it holds; CHECKs that it does, after eight seconds at the latest.
inline Task<> until(Executor executor, std::function<bool()> holds) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(8);
  while (!holds() && std::chrono::steady_clock::now() < deadline) co_await asio::post(executor, asio::use_awaitable);
  CHECK(holds());
}

// `body` gets the executor. What the task throws (a failed REQUIRE) is thrown on.
inline void run_task(const std::function<Task<>(Executor)>& body) {
  asio::io_context context(1);
  std::exception_ptr failure;
  auto ended = [&failure](std::exception_ptr error) { failure = error; };
  asio::co_spawn(context, body(context.get_executor()), ended);
  context.run();
  if (failure) std::rethrow_exception(failure);
}

}  // namespace ndisk::net
