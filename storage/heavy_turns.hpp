// HeavyTurns: the changes that take long in one transaction (copies of folders, what is far down), waiting for their
// turns.
//
// Users take turns, each with what it asked for first. Who keeps the time calls began() and ended(): after a heavy
// change for which others had to wait, those have as long as it took, so that they keep half of the time, and a turn at
// least. Where nobody else waits, one follows the other at once.
//
// Under the commit queue's mutex; not thread-safe. Only add() takes memory.
#pragma once

#include <cstdint>
#include <deque>
#include <list>
#include <memory>

#include "common/clock.hpp"
#include "storage/mutation.hpp"

namespace ndisk::storage {

class HeavyTurns {
 public:
  static constexpr std::size_t kMaxOfUser = 256;           // that wait
  static constexpr std::size_t kMaxFilesOfUser = 32;       // if the next one holds a file open meanwhile
  static constexpr TimeNs kLongestPause = 60 * kSecondNs;  // whatever a clock that is set says

  // False, and nothing taken: `most` of this user wait already.
  [[nodiscard]] bool add(std::int64_t user, std::unique_ptr<Mutation>& mutation, std::size_t most = kMaxOfUser);
  [[nodiscard]] bool empty() const { return lines_.empty(); }
  // The next one; not empty().
  [[nodiscard]] std::unique_ptr<Mutation> take();

  void began(TimeNs now) { began_ = now; }
  void ended(TimeNs now, bool others_wait);
  // Others had a turn.
  void let_others() { others_first_ = false; }
  // For how long the others come first, if any wait or not.
  [[nodiscard]] TimeNs pause(TimeNs now) const;
  // Whether the others that wait come first whatever the time.
  [[nodiscard]] bool others_first() const { return others_first_; }

 private:
  struct Line {
    std::int64_t user = 0;
    std::deque<std::unique_ptr<Mutation>> waiting;  // never empty
  };

  std::list<Line> lines_;  // whose turn is next is first
  TimeNs began_ = 0;
  TimeNs ended_ = 0;
  TimeNs pause_ = 0;  // from ended_ on
  bool others_first_ = false;
};

}  // namespace ndisk::storage
