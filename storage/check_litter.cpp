#include "storage/check_litter.hpp"

namespace ndisk::storage {
namespace {

constexpr std::size_t kBatch = 256;

}  // namespace

Result<bool> LitterCheck::step(CheckOutcome& outcome) {
  auto looked = look_into(next_, outcome);
  if (!looked) return std::unexpected(std::move(looked.error()));
  return ++next_ < kFolders;
}

// Younger ones may belong to commits that are under way.
Result<void> LitterCheck::look_into(unsigned folder, CheckOutcome& outcome) {
  std::vector<ObjectStore::Found> old;
  Result<void> sifted;
  auto visited = parts_.objects.visit_folder(folder, [&](const ObjectStore::Found& found) {
    if (found.id < parts_.ids.first_of_this_run()) old.push_back(found);
    if (old.size() >= kBatch) {
      sifted = sift(old, outcome);
      old.clear();
    }
    return sifted && !parts_.closing;
  });
  if (!visited) return std::unexpected(std::move(visited.error()));
  if (!sifted) return sifted;
  return sift(old, outcome);
}

Result<void> LitterCheck::sift(const std::vector<ObjectStore::Found>& files, CheckOutcome& outcome) {
  return parts_.catalog.read([&](Database& database) -> Result<void> {
    for (const auto& file : files) {
      const auto row = ObjectTable(database).find(file.id);
      if (row && row->sha256 == file.sha256) continue;
      outcome.found.push_back({.kind = FindingKind::kLitter,
                               .path = "objects/" + ObjectStore::name(file.id, file.sha256),
                               .cause = "no row of the catalog knows this file",
                               .advice = "nothing: ndiskd gc removes it",
                               .damage = false});
      ++outcome.report.litter;
    }
    return {};
  });
}

}  // namespace ndisk::storage
