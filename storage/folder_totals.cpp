#include "storage/folder_totals.hpp"

#include <utility>
#include <vector>

namespace ndisk::storage {
namespace {

constexpr std::size_t kMaxPending = 4096;
constexpr std::size_t kMaxMeasured = 4096;

}  // namespace

void FolderTotals::add(std::int64_t folder, const TotalsChange& change) {
  if (change == TotalsChange{}) return;
  auto& pending = pending_[folder];
  pending.change += change;
  pending.is_inexact |= change.files < 0 || change.folders < 0;
  if (pending_.size() > kMaxPending) settle();
}

void FolderTotals::end(std::int64_t folder) {
  settle();
  folders_.remove(folder);
  measured_.erase(folder);
}

Totals FolderTotals::of(std::int64_t folder) {
  settle();
  return folders_.find(folder).value_or(Totals{});
}

std::uint64_t FolderTotals::reach_of(std::int64_t folder) {
  settle();
  return folders_.reach(folder);
}

std::uint64_t FolderTotals::measure_reach(std::int64_t folder) {
  if (reach_is_exact(folder)) return folders_.reach(folder);
  const auto reach = nodes_.longest_below(folder);
  folders_.set_reach(folder, reach);
  if (measured_.size() >= kMaxMeasured) measured_.clear();
  measured_.insert(folder);
  return reach;
}

bool FolderTotals::reach_is_exact(std::int64_t folder) {
  settle();
  return measured_.contains(folder);
}

void FolderTotals::discard() {
  pending_.clear();
  // What was measured may have been rolled back with the rest.
  measured_.clear();
}

// Each folder once, after all that changed below it: the deeper they are, the more of the way up they share.
void FolderTotals::settle() {
  if (pending_.empty()) return;
  struct Rising {
    Pending pending;
    NodeTable::Above above;
    std::size_t below = 0;  // folders right below it that have still to be added
  };
  std::unordered_map<std::int64_t, Rising> all;
  for (const auto& [folder, pending] : std::exchange(pending_, {})) {
    for (auto at = folder; at != kNoParent;) {
      const auto [found, is_fresh] = all.try_emplace(at);
      if (!is_fresh) break;
      at = (found->second.above = nodes_.step_up(at)).parent;
    }
    all[folder].pending = pending;
  }
  std::vector<std::int64_t> ready;
  for (const auto& [folder, rising] : all) {
    if (rising.above.parent != kNoParent) ++all[rising.above.parent].below;
  }
  for (const auto& [folder, rising] : all) {
    if (rising.below == 0) ready.push_back(folder);
  }
  while (!ready.empty()) {
    const auto folder = ready.back();
    ready.pop_back();
    auto [pending, above, below] = all[folder];
    auto& change = pending.change;
    folders_.add(folder, change);
    if (pending.is_inexact) measured_.erase(folder);
    if (above.parent == kNoParent) continue;
    if (change.reach > 0) change.reach += above.name_bytes + 1;
    auto& holder = all[above.parent];
    holder.pending.change += change;
    holder.pending.is_inexact |= pending.is_inexact;
    if (--holder.below == 0) ready.push_back(above.parent);
  }
}

}  // namespace ndisk::storage
