// Awaits a Drive function that ends in a Completion: its blocking part runs on the pool, its end on the catalog
// writer, and the handler goes on on its own thread.
#pragma once

#include "common/net/blocking_pool.hpp"
#include "storage/drive.hpp"

namespace ndisk::server {

// `call` takes a storage::Completion<T>. kCancelled if the turn is over before it begins; kBusy, retryable, if there is
// no memory for it. What it refers to must live in the caller's frame.
template <class T, class Call>
net::Task<Result<T>> drive_call(net::PoolTurn pool, Call call) {
  auto start = [pool, call = std::move(call)](storage::Completion<T> done) mutable {
    auto work = [pool, call = std::move(call), done = std::move(done)]() mutable {
      if (pool.is_over()) return done(net::session_is_over());
      call(std::move(done));
    };
    pool.submit(std::move(work));
  };
  co_return co_await net::completion_of<Result<T>>(std::move(start));
}

}  // namespace ndisk::server
