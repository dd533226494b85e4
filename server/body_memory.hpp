// BodyMemory: what all sessions of one I/O thread may hold together of the frames that they received. That thread only;
// outlives its sessions.
#pragma once

#include <cstdint>
#include <memory>
#include <unordered_map>

#include "common/net/byte_budget.hpp"

namespace ndisk::server {

class BodyMemory {
 public:
  BodyMemory(const net::Executor& executor, std::size_t bytes)
      : shared(executor, bytes / 2), spare(executor, bytes - bytes / 2), executor_(executor) {}

  // Of `shared`, for a session of this user. Users take turns, however many sessions each has; those of one user are
  // served as they come.
  net::Task<net::ByteBudget::Share> take(std::int64_t user, std::size_t bytes);

  // Each session has its turn here, and no more of it at a time than is its own.
  net::ByteBudget shared;
  // For requests that would have to wait for the memory above, first come, first served; nobody waits for it. Many
  // small files that are under way at once become durable together.
  net::ByteBudget spare;

 private:
  net::ByteBudget& line_of(std::int64_t user);

  net::Executor executor_;
  // Who is first in the line of its user stands in the line for `shared`. Some hundred bytes a user.
  std::unordered_map<std::int64_t, std::unique_ptr<net::ByteBudget>> lines_;
};

}  // namespace ndisk::server
