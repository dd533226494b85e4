#include "tests/crash/explorer.hpp"

#include <algorithm>
#include <atomic>
#include <thread>
#include <unordered_set>

#include "tests/crash/mix.hpp"
#include "tests/crash/state_check.hpp"

namespace ndisk::crash {
namespace {

class Exploration {
 public:
  Exploration(const Recording& recording, const ExploreLimits& limits)
      : recording_(recording), limits_(limits), doubts_(limits.seed) {
    for (const auto& operation : recording.record) {
      if (changes_inode(operation)) written_.insert(operation.inode);
    }
  }

  Explored run() {
    std::vector<std::thread> threads;
    for (unsigned i = 0; i < limits_.threads; ++i) threads.emplace_back([this] { go_along(); });
    for (auto& thread : threads) thread.join();
    return std::move(total_);
  }

 private:
  // Where a thread stands: each takes the next boundary that nobody has.
  struct Place {
    Cursor cursor;
    Fingerprints fingerprints;
    std::vector<std::set<InodeId>> unread;  // as far as it knows
  };
  // Disks that were well, told by all but these files, which their checks did not read.
  struct Unread {
    std::set<InodeId> files;
    std::unordered_set<std::uint64_t> known;
  };

  void go_along() {
    Place place{Cursor(recording_.initial, recording_.record),
                Fingerprints(recording_.initial, recording_.record, limits_.folding),
                {}};
    for (auto boundary = next_++; boundary <= recording_.record.size(); boundary = next_++) {
      std::mt19937_64 random(limits_.seed * 1'000'003 + boundary);
      if (limits_.only_boundary != SIZE_MAX && boundary != limits_.only_boundary) continue;
      if (limits_.share > 1 && random() % limits_.share != 0) continue;
      place.cursor.advance_to(boundary);
      place.fingerprints.stand_at(place.cursor);
      try_boundary(place, boundary, random);
      if (is_enough()) return;
    }
  }

  void try_boundary(Place& place, std::size_t boundary, std::mt19937_64& random) {
    const auto& cursor = place.cursor;
    const LossChoice choice(recording_.record, cursor.pending(), limits_.losses, random);
    {
      const std::scoped_lock lock(mutex_);
      ++total_.boundaries;
      total_.losses += choice.size();
      total_.most_pending = std::max(total_.most_pending, cursor.pending().size());
    }
    const auto asked = what_is_asked(boundary);
    for (std::size_t i = 0; i < choice.size(); ++i) {
      if (is_enough()) return;
      const auto losses = choice.at(i);
      const bool tree_must_show = keeps_tree(cursor, losses);
      const auto asked_here = asked * 2 + (tree_must_show ? 1 : 0);
      if (is_known_but_for_unread(place, losses, asked_here)) continue;
      if (is_known(place.fingerprints.of(losses), asked_here)) continue;
      CrashState state{boundary, cursor.disk_after(losses), tree_must_show};
      auto written = written_and_there(state.disk);
      const auto verdict = check_state(recording_, std::move(state));
      if (verdict.fault) {
        note(boundary, losses, *verdict.fault);
        continue;
      }
      std::erase_if(written, [&](InodeId inode) { return verdict.looked_at.contains(inode); });
      note_unread(place, losses, asked_here, written);
    }
  }

  // What a disk is asked for here: which steps were begun and which answered, and what was promised.
  [[nodiscard]] std::uint64_t what_is_asked(std::size_t boundary) const {
    std::uint64_t sum = 0;
    for (const auto& phase : recording_.times) {
      for (const auto& times : phase) mix(sum, times.answered <= boundary ? 2 : times.begun < boundary ? 1 : 0);
    }
    mix(sum, static_cast<std::uint64_t>(std::ranges::count_if(
                 recording_.notes.promises, [&](const Promise& promise) { return promise.at <= boundary; })));
    mix(sum, static_cast<std::uint64_t>(std::ranges::count_if(
                 recording_.notes.invites, [&](const auto& invite) { return invite.second.at <= boundary; })));
    return sum;
  }

  // Equal disks need one look, if the same is asked of them.
  bool is_known(std::uint64_t key, std::uint64_t asked) {
    mix(key, asked);
    const std::scoped_lock lock(mutex_);
    if (!known_.insert(key).second) return true;
    ++total_.disks;
    return false;
  }

  // Those inodes on this disk that the record changes by themselves, so that crashes differ in them.
  [[nodiscard]] std::set<InodeId> written_and_there(const DiskImage& disk) const {
    std::set<InodeId> found;
    disk.visit_inodes([&](InodeId id, const Inode&) {
      if (written_.contains(id)) found.insert(id);
    });
    return found;
  }

  // Whether a disk was well that differs from this one only in what its check did not read.
  bool is_known_but_for_unread(Place& place, const Losses& losses, std::uint64_t asked) {
    for (std::size_t i = 0; i < place.unread.size(); ++i) {
      const auto sum = place.fingerprints.of(losses, place.unread[i]);
      if (!sum) continue;
      auto key = *sum;
      mix(key, asked);
      const std::scoped_lock lock(mutex_);
      if (!unread_[i].known.contains(key)) continue;
      ++total_.unread;
      return limits_.doubt == 0 || doubts_() % limits_.doubt != 0;
    }
    return false;
  }

  void note_unread(Place& place, const Losses& losses, std::uint64_t asked, const std::set<InodeId>& unread) {
    if (unread.empty() || !limits_.folds_unread) return;
    auto key = place.fingerprints.of(losses, unread).value();
    mix(key, asked);
    const std::scoped_lock lock(mutex_);
    auto found = std::ranges::find(unread_, unread, &Unread::files);
    if (found == unread_.end()) found = unread_.insert(unread_.end(), {unread, {}});
    found->known.insert(key);
    for (auto i = place.unread.size(); i < unread_.size(); ++i) place.unread.push_back(unread_[i].files);
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
  std::vector<Unread> unread_;
  std::set<InodeId> written_;
  std::mt19937_64 doubts_;
  Explored total_;
};

}  // namespace

Explored explore(const Recording& recording, const ExploreLimits& limits) {
  return Exploration(recording, limits).run();
}

}  // namespace ndisk::crash
