// PoolStrand: blocking work that has to be done in order, one piece at a time. A piece begins where the one before it
// ended, on a pool's thread, with no way over the I/O thread in between: the disk has work while bytes come in.
#pragma once

#include <functional>
#include <list>
#include <mutex>
#include <new>
#include <optional>

#include "common/net/blocking_pool.hpp"

namespace ndisk::net {

// One I/O thread. Whoever called run() waits for its end before the strand is destroyed. Each piece takes a turn of its
// own at the pool, so that a strand with much to do holds up nobody.
class PoolStrand {
 public:
  explicit PoolStrand(PoolTurn pool) : pool_(pool) {}
  PoolStrand(const PoolStrand&) = delete;
  PoolStrand& operator=(const PoolStrand&) = delete;

  // As run_blocking(), after all that was handed in before. `work` returns a Result; once one has failed, or was lost
  // for want of memory, those after it are not begun and get its error. One that gets no memory while it is handed in
  // takes those along, too, that were handed in before and have not begun.
  template <class Work>
  Task<std::invoke_result_t<Work&>> run(Work work) {
    using T = std::invoke_result_t<Work&>;
    static_assert(std::is_constructible_v<T, std::unexpected<Error>>);  // else an exception would end the strand
    auto start = [this, work = std::move(work)](Resumption<T> done) mutable {
      auto piece = [this, work = std::move(work), done = std::move(done)]() mutable {
        auto result = outcome<T>(work);
        pass_on();
        done(std::move(result));  // from here on the strand may be gone
      };
      try {
        add(std::move(piece));
      } catch (const std::bad_alloc&) {
        // Who waits for it learns it later than the next piece may be handed in.
        fail_with(out_of_memory());
        throw;
      }
    };
    co_return co_await completion_of<T>(std::move(start));
  }

 private:
  using Piece = std::move_only_function<void()>;

  template <class T, class Work>
  T outcome(Work& work) {
    auto in_order = [this, &work]() -> T {
      if (auto earlier = failure()) return std::unexpected(std::move(*earlier));
      return run_if_wanted<T>(pool_, work);
    };
    auto result = with_memory(in_order);
    if (!result) fail_with(result.error());
    return result;
  }

  void add(Piece piece);
  void pass_on();
  std::optional<Error> failure();
  void fail_with(const Error& error) noexcept;

  const PoolTurn pool_;
  std::mutex mutex_;
  bool busy_ = false;  // a piece is with the pool
  std::list<Piece> waiting_;
  std::optional<Error> failure_;  // the first
};

}  // namespace ndisk::net
