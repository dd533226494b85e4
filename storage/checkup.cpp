#include "storage/checkup.hpp"

#include "storage/check_catalog.hpp"
#include "storage/check_folder_rows.hpp"
#include "storage/check_ids.hpp"
#include "storage/check_litter.hpp"
#include "storage/check_objects.hpp"
#include "storage/check_receipts.hpp"
#include "storage/check_records.hpp"
#include "storage/check_totals.hpp"
#include "storage/check_tree.hpp"
#include "storage/check_uploads.hpp"

namespace ndisk::storage {

Checkup::Checkup(const CheckedParts& parts, const CheckRequest& request) {
  phases_.push_back(std::make_unique<CatalogCheck>(parts, request.read_data));
  phases_.push_back(std::make_unique<RecordsCheck>(parts, request.repair));
  phases_.push_back(std::make_unique<ReceiptsCheck>(parts));
  phases_.push_back(std::make_unique<IdsCheck>(parts, request.repair));
  phases_.push_back(std::make_unique<FolderRowsCheck>(parts, request.repair));
  phases_.push_back(std::make_unique<TotalsCheck>(parts, request.repair));
  phases_.push_back(std::make_unique<UploadsCheck>(parts, request.repair));
  phases_.push_back(std::make_unique<LitterCheck>(parts));
  // May take days.
  phases_.push_back(std::make_unique<ObjectsCheck>(parts, request));
  // Last: what was healed, or is whole again, belongs into the tree.
  if (parts.with_tree) phases_.push_back(std::make_unique<TreeCheck>(parts, request.repair));
}

Result<bool> Checkup::step(std::vector<Finding>& found) {
  if (at_ == phases_.size()) return false;
  CheckOutcome outcome{found, report_};
  const auto more = phases_[at_]->step(outcome);
  if (more && *more) return true;
  if (!more) {
    if (more.error().code != ErrorCode::kIntegrity) return more;
    found.push_back({.kind = FindingKind::kCatalog,
                     .path = DataDirectory::kCatalogName,
                     .cause = more.error().message,
                     .advice = "stop the server, and restore a backup or make a new catalog: ndiskd "
                               "rebuild"});
    ++report_.damage;
  }
  return ++at_ < phases_.size();
}

CheckProgress Checkup::progress() const {
  return at_ < phases_.size() ? phases_[at_]->progress() : CheckProgress{"done", 0, 0};
}

}  // namespace ndisk::storage
