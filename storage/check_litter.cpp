#include "storage/check_litter.hpp"

#include "storage/litter.hpp"

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
    return sifted && !parts_.stop;
  });
  if (!sifted) return sifted;
  if (!visited) note_unreadable(folder, visited.error(), outcome);
  return sift(old, outcome);
}

// What lies in it is looked at all the same, object by object.
void LitterCheck::note_unreadable(unsigned folder, const Error& error, CheckOutcome& outcome) {
  outcome.found.push_back({.kind = FindingKind::kObject,
                           .path = "objects/" + object_folder_name(folder),
                           .cause = error.message,
                           .advice = "look at the disk; what it can't say at the moment may be whole"});
  ++outcome.report.damage;
}

Result<void> LitterCheck::sift(const std::vector<ObjectStore::Found>& files, CheckOutcome& outcome) {
  return parts_.catalog.read([&](Database& database) -> Result<void> {
    for (const auto& file : find_litter(database, files)) {
      outcome.found.push_back({.kind = FindingKind::kLitter,
                               .path = ObjectStore::shown_path(file.id, file.sha256),
                               .cause = "no row of the catalog knows this file",
                               .advice = "nothing: ndiskd gc removes it",
                               .damage = false});
      ++outcome.report.litter;
    }
    return {};
  });
}

}  // namespace ndisk::storage
