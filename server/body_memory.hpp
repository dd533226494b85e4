// BodyMemory: what all sessions of one I/O thread may hold together of the frames that they received. That thread only;
// outlives its sessions.
#pragma once

#include "common/net/byte_budget.hpp"

namespace ndisk::server {

struct BodyMemory {
  BodyMemory(const net::Executor& executor, std::size_t bytes)
      : shared(executor, bytes / 2), spare(executor, bytes - bytes / 2) {}

  // Each session has its turn here, and no more of it at a time than is its own.
  net::ByteBudget shared;
  // For requests that would have to wait for the memory above, first come, first served; nobody waits for it. Many
  // small files that are under way at once become durable together.
  net::ByteBudget spare;
};

}  // namespace ndisk::server
