#include "common/net/pool_strand.hpp"

#include <new>
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
  }
}

}  // namespace ndisk::net
