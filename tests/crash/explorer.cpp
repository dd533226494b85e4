#include "tests/crash/explorer.hpp"

#include <algorithm>
#include <atomic>
#include <thread>
#include <unordered_set>

#include "tests/crash/cursor.hpp"
#include "tests/crash/state_check.hpp"

namespace ndisk::crash {
namespace {

class Exploration {
 public:
  Exploration(const Recording& recording, const ExploreLimits& limits) : recording_(recording), limits_(limits) {}

  Explored run() {
    std::vector<std::thread> threads;
    for (unsigned i = 0; i < limits_.threads; ++i) threads.emplace_back([this] { go_along(); });
    for (auto& thread : threads) thread.join();
    return std::move(total_);
  }

 private:
  // Each thread has a cursor of its own and takes the next boundary that nobody has.
  void go_along() {
    Cursor cursor(recording_.initial, recording_.record);
    for (auto boundary = next_++; boundary <= recording_.record.size(); boundary = next_++) {
      std::mt19937_64 random(limits_.seed * 1'000'003 + boundary);
      if (limits_.only_boundary != SIZE_MAX && boundary != limits_.only_boundary) continue;
      if (limits_.share > 1 && random() % limits_.share != 0) continue;
      cursor.advance_to(boundary);
      try_boundary(cursor, boundary, random);
      if (is_enough()) return;
    }
  }

  void try_boundary(const Cursor& cursor, std::size_t boundary, std::mt19937_64& random) {
    const auto choices = choose_losses(recording_.record, cursor.pending(), limits_.losses, random);
    {
      const std::scoped_lock lock(mutex_);
      ++total_.boundaries;
      total_.losses += choices.size();
      total_.most_pending = std::max(total_.most_pending, cursor.pending().size());
    }
    for (const auto& losses : choices) {
      if (is_enough()) return;
      CrashState state{boundary, cursor.disk_after(losses), keeps_tree(cursor, losses)};
      if (is_known(state)) continue;
      if (auto fault = check_state(recording_, std::move(state))) note(boundary, losses, *fault);
    }
  }

  // Equal disks need one look, if the same is asked of them.
  bool is_known(const CrashState& state) {
    auto key = state.disk.fingerprint(limits_.log_tails);
    for (const auto& phase : recording_.times) {
      for (const auto& times : phase) {
        key = key * 31 + (times.answered <= state.boundary ? 2 : times.begun < state.boundary ? 1 : 0);
      }
    }
    key = key * 2 + (state.tree_must_show ? 1 : 0);
    const std::scoped_lock lock(mutex_);
    if (!known_.insert(key).second) return true;
    ++total_.disks;
    return false;
  }

  // Moves in the tree are told from those before and after by the order of names, which journals keep.
  [[nodiscard]] bool keeps_tree(const Cursor& cursor, const Losses& losses) const {
    if (!recording_.scenario.moves_folders) return true;
    bool lost = false;
    for (const auto place : cursor.pending()) {
      if (!changes_names(recording_.record[place])) continue;
      if (losses.contains(place)) {
        lost = true;
      } else if (lost) {
        return false;
      }
    }
    return true;
  }

  bool is_enough() {
    const std::scoped_lock lock(mutex_);
    return total_.faults.size() >= limits_.most_faults;
  }

  void note(std::size_t boundary, const Losses& losses, const std::string& fault) {
    const auto last = boundary == 0 ? "the start" : describe(recording_.record[boundary - 1]);
    const std::scoped_lock lock(mutex_);
    total_.faults.push_back(recording_.scenario.name + ", seed " + std::to_string(limits_.seed) +
                            ", power lost after " + std::to_string(boundary) + " operations (" + last + "):\n" +
                            describe(recording_.record, losses) + fault);
  }

  const Recording& recording_;
  const ExploreLimits& limits_;
  std::atomic<std::size_t> next_ = 0;
  std::mutex mutex_;
  std::unordered_set<std::uint64_t> known_;
  Explored total_;
};

}  // namespace

Explored explore(const Recording& recording, const ExploreLimits& limits) {
  return Exploration(recording, limits).run();
}

}  // namespace ndisk::crash
