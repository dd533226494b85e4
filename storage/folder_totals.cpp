#include "storage/folder_totals.hpp"

#include <utility>

namespace ndisk::storage {
namespace {

constexpr std::size_t kMaxPending = 4096;

}  // namespace

void FolderTotals::add(std::int64_t folder, const TotalsChange& change) {
  if (change == TotalsChange{}) return;
  pending_[folder] += change;
  if (pending_.size() > kMaxPending) settle();
}

void FolderTotals::end(std::int64_t folder) {
  settle();
  folders_.remove(folder);
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
  const auto reach = nodes_.longest_below(folder);
  folders_.set_reach(folder, reach);
  return reach;
}

void FolderTotals::settle() {
  if (pending_.empty()) return;
  std::unordered_map<std::int64_t, TotalsChange> changes;
  for (const auto& [folder, change] : std::exchange(pending_, {})) {
    auto rising = change;
    for (auto at = folder; at != kNoParent;) {
      changes[at] += rising;
      const auto above = nodes_.step_up(at);
      if (rising.reach > 0) rising.reach += above.name_bytes + 1;
      at = above.parent;
    }
  }
  for (const auto& [folder, change] : changes) folders_.add(folder, change);
}

}  // namespace ndisk::storage
