// Turns: a queue in which users take turns, and the sessions of each user among themselves. Whoever queues much waits
// for itself. First come, first served within a session. Not thread-safe.
#pragma once

#include <cstdint>
#include <list>
#include <new>
#include <unordered_map>
#include <utility>

namespace ndisk::net {

// Whose turn it is. Everybody who names none shares one.
struct Turn {
  std::int64_t user = 0;
  std::uint64_t session = 0;
};

template <class Work>
class Turns {
 public:
  // std::bad_alloc: nothing was changed.
  void push(Turn turn, Work work) {
    std::list<Work> one;
    one.push_back(std::move(work));
    auto& sessions = users_.line(turn.user);
    try {
      auto& queue = sessions.line(turn.session);
      queue.splice(queue.end(), one);
    } catch (const std::bad_alloc&) {
      if (sessions.empty()) users_.leave_again();
      throw;
    }
    ++size_;
  }
  [[nodiscard]] bool empty() const { return size_ == 0; }
  [[nodiscard]] std::size_t size() const { return size_; }
  // Must not be empty.
  [[nodiscard]] Work pop() {
    auto& sessions = users_.front();
    auto& queue = sessions.front();
    auto work = std::move(queue.front());
    queue.pop_front();
    sessions.pass_on(!queue.empty());
    users_.pass_on(!sessions.empty());
    --size_;
    return work;
  }

 private:
  // Lines that are served one after the other; none of them is empty but while it is served.
  template <class Key, class Line>
  class Round {
   public:
    // Joins the round at its end if it is not there.
    Line& line(const Key& key) {
      std::list<Key> place{key};
      const auto [found, is_new] = lines_.try_emplace(key);
      if (is_new) order_.splice(order_.end(), place);
      return found->second;
    }
    // The last that joined, whose line is empty.
    void leave_again() {
      lines_.erase(order_.back());
      order_.pop_back();
    }
    [[nodiscard]] bool empty() const { return order_.empty(); }
    Line& front() { return lines_.find(order_.front())->second; }
    // The first has had its turn; it stays, as the last, if it wants another.
    void pass_on(bool stays) {
      if (stays) {
        order_.splice(order_.end(), order_, order_.begin());
      } else {
        lines_.erase(order_.front());
        order_.pop_front();
      }
    }

   private:
    std::unordered_map<Key, Line> lines_;
    std::list<Key> order_;
  };

  Round<std::int64_t, Round<std::uint64_t, std::list<Work>>> users_;
  std::size_t size_ = 0;
};

}  // namespace ndisk::net
