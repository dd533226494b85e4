#include "storage/check_catalog.hpp"

namespace ndisk::storage {
namespace {

struct Statements {
  const char* quick;
  const char* thorough;
};

// A table a step; a stop ends it in the middle.
constexpr Statements kTables[] = {
    {"PRAGMA quick_check(counters)", "PRAGMA integrity_check(counters)"},
    {"PRAGMA quick_check(users)", "PRAGMA integrity_check(users)"},
    {"PRAGMA quick_check(devices)", "PRAGMA integrity_check(devices)"},
    {"PRAGMA quick_check(invites)", "PRAGMA integrity_check(invites)"},
    {"PRAGMA quick_check(nodes)", "PRAGMA integrity_check(nodes)"},
    {"PRAGMA quick_check(folders)", "PRAGMA integrity_check(folders)"},
    {"PRAGMA quick_check(objects)", "PRAGMA integrity_check(objects)"},
    {"PRAGMA quick_check(versions)", "PRAGMA integrity_check(versions)"},
    {"PRAGMA quick_check(replaced)", "PRAGMA integrity_check(replaced)"},
    {"PRAGMA quick_check(trash)", "PRAGMA integrity_check(trash)"},
    {"PRAGMA quick_check(receipts)", "PRAGMA integrity_check(receipts)"},
    {"PRAGMA quick_check(requests)", "PRAGMA integrity_check(requests)"},
    {"PRAGMA quick_check(uploads)", "PRAGMA integrity_check(uploads)"},
    {"PRAGMA quick_check(outbox)", "PRAGMA integrity_check(outbox)"},
};
constexpr std::size_t kMaxFaults = 10;  // of a table: the first ones say it

}  // namespace

CheckProgress CatalogCheck::progress() const { return {"catalog", next_, std::size(kTables)}; }

Result<bool> CatalogCheck::step(CheckOutcome& outcome) {
  if (next_ == std::size(kTables)) return false;
  const auto& table = kTables[next_++];
  std::vector<std::string> faults;
  const auto checked = catalog_.read_long([&](Database& database) -> Result<void> {
    auto query = database.query(thorough_ ? table.thorough : table.quick);
    while (faults.size() < kMaxFaults && query.step()) {
      if (auto text = query.bytes(0); text != "ok") faults.push_back(std::move(text));
    }
    return {};
  });
  if (!checked && checked.error().code != ErrorCode::kIntegrity) return std::unexpected(checked.error());
  if (!checked) faults.push_back(checked.error().message);
  for (auto& fault : faults) {
    outcome.found.push_back({.kind = FindingKind::kCatalog,
                             .path = DataDirectory::kCatalogName,
                             .cause = std::move(fault),
                             .advice = "stop the server, and restore a backup or make a new catalog: "
                                       "ndiskd rebuild"});
    ++outcome.report.damage;
  }
  return true;
}

}  // namespace ndisk::storage
