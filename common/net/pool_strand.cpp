#include "common/net/pool_strand.hpp"

#include <utility>

namespace ndisk::net {

void PoolStrand::add(Piece piece) {
  const std::scoped_lock lock(mutex_);
  if (busy_) {
    waiting_.push_back(std::move(piece));
  } else {
    pool_.submit(std::move(piece));
    busy_ = true;
  }
}

// On the pool's thread, after a piece.
void PoolStrand::pass_on() {
  std::list<Piece> dropped;  // who waits for these learns that there was no memory (Resumption)
  const std::scoped_lock lock(mutex_);
  busy_ = !waiting_.empty();
  if (!busy_) return;
  auto next = std::move(waiting_.front());
  waiting_.pop_front();
  try {
    pool_.submit_next(std::move(next));
  } catch (const std::bad_alloc&) {
    dropped = std::move(waiting_);
    busy_ = false;
    if (!failure_) failure_ = out_of_memory();
  }
}

std::optional<Error> PoolStrand::failure() {
  const std::scoped_lock lock(mutex_);
  return failure_;
}

void PoolStrand::fail_with(const Error& error) noexcept {
  const std::scoped_lock lock(mutex_);
  if (failure_) return;
  try {
    failure_ = error;
  } catch (const std::bad_alloc&) {
    failure_ = out_of_memory();
  }
}

}  // namespace ndisk::net
