// OrderedAppends: content that has come, on its way to the pool, batch after batch: while one is worked on the next may
// wait there, so that the pool goes on with it at once.
//
// The I/O thread only. finish() before destruction.
#pragma once

#include <vector>

#include "client/download/content_stream.hpp"
#include "common/net/pool_strand.hpp"

namespace ndisk::client {

class OrderedAppends {
 public:
  // Called on the I/O thread with what a batch appended.
  using Appended = std::move_only_function<void(std::uint64_t bytes)>;

  // Takes `part`, which is appended on the pool. What is referred to must live until finish() has returned.
  OrderedAppends(const net::Executor& executor, net::BlockingPool& pool, ContentRange part, Append& append,
                 Appended appended);

  // Data frames. Waits until no more than one batch is before this one. Fails with the first error of those that are
  // done: kProtocol if a frame is no Data, does not begin where the last one ended, or goes beyond the end; else the
  // append's. Of what comes after it nothing is appended.
  net::Task<Result<void>> add(std::vector<protocol::Frame> frames);
  [[nodiscard]] bool is_busy() const { return under_way_ > 0; }
  // Waits for all; the first error.
  net::Task<Result<void>> finish();

 private:
  net::Task<> append(std::vector<protocol::Frame> frames);
  Result<void> append_frames(const std::vector<protocol::Frame>& frames, std::uint64_t& appended);

  Append& append_;
  Appended appended_;
  std::uint64_t offset_;  // of what is appended next; the strand's
  const std::uint64_t end_;
  Result<void> outcome_;
  net::PoolStrand strand_;
  std::size_t under_way_ = 0;
  net::Event shrank_;
  net::TaskGroup batches_;
};

}  // namespace ndisk::client
