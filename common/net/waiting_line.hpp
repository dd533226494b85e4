// WaitingLine: coroutines of one thread that wait for the same thing, let through in the order in which they came.
//
// Only the first is woken to look, and who goes wakes the next: a thousand may stand in line. The line outlives them.
#pragma once

#include <functional>
#include <list>

#include "common/net/task.hpp"

namespace ndisk::net {

class WaitingLine {
 public:
  explicit WaitingLine(const Executor& executor) : executor_(executor) {}

  [[nodiscard]] bool empty() const { return line_.empty(); }
  // Returns when all who came before have gone, and `may_go` holds. It is asked at first, and when the first is woken.
  Task<> wait(std::function<bool()> may_go);
  // What `may_go` looks at has changed.
  void wake_first();

 private:
  using Line = std::list<Event*>;  // each in the frame of its wait(); takes no memory while it is empty

  void leave(Line::iterator place);

  Executor executor_;
  Line line_;
};

}  // namespace ndisk::net
