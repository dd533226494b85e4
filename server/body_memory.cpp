#include "server/body_memory.hpp"

namespace ndisk::server {

net::Task<net::ByteBudget::Share> BodyMemory::take(std::int64_t user, std::size_t bytes) {
  net::ByteBudget::Share first;
  if (!shared.has_free(bytes)) first = co_await line_of(user).take(1);
  co_return co_await shared.take(bytes);
}

net::ByteBudget& BodyMemory::line_of(std::int64_t user) {
  auto& line = lines_[user];
  if (!line) line = std::make_unique<net::ByteBudget>(executor_, 1);
  return *line;
}

}  // namespace ndisk::server
