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

void FolderTotals::settle() {
  if (pending_.empty()) return;
  std::unordered_map<std::int64_t, TotalsChange> changes;
  for (const auto& [folder, change] : std::exchange(pending_, {})) {
    for (auto at = folder; at != kNoParent; at = nodes_.parent_of(at)) changes[at] += change;
  }
  for (const auto& [folder, change] : changes) folders_.add(folder, change);
}

}  // namespace ndisk::storage
