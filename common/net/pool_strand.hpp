// PoolStrand: blocking work that has to be done in order, one piece at a time. A piece begins where the one before it
// ended, on a pool's thread, with no way over the I/O thread in between: the disk has work while bytes come in.
#pragma once

#include <functional>
#include <list>
#include <mutex>

#include "common/net/blocking_pool.hpp"

namespace ndisk::net {

// One I/O thread. Whoever called run() waits for its end before the strand is destroyed. Each piece takes a turn of its
// own at the pool, so that a strand with much to do holds up nobody.
class PoolStrand {
 public:
  explicit PoolStrand(PoolTurn pool) : pool_(pool) {}
  PoolStrand(const PoolStrand&) = delete;
  PoolStrand& operator=(const PoolStrand&) = delete;

  // As run_blocking(), after all that was handed in before. `work` returns a Result.
  template <class Work>
  Task<std::invoke_result_t<Work&>> run(Work work) {
    using T = std::invoke_result_t<Work&>;
    static_assert(std::is_constructible_v<T, std::unexpected<Error>>);  // else an exception would end the strand
    auto start = [this, work = std::move(work)](std::move_only_function<void(T)> done) mutable {
      auto piece = [this, pool = pool_, work = std::move(work), done = std::move(done)]() mutable {
        auto result = run_if_wanted<T>(pool, work);
        pass_on();
        done(std::move(result));  // from here on the strand may be gone
      };
      add(std::move(piece));
    };
    co_return co_await completion_of<T>(std::move(start));
  }

 private:
  using Piece = std::move_only_function<void()>;

  void add(Piece piece);
  void pass_on();

  const PoolTurn pool_;
  std::mutex mutex_;
  bool busy_ = false;  // a piece is with the pool
  std::list<Piece> waiting_;
};

}  // namespace ndisk::net
