#include "storage/check_folder_rows.hpp"

#include <algorithm>

#include "storage/check_totals.hpp"

namespace ndisk::storage {
namespace {

constexpr std::int64_t kNodesAtOnce = 1024;

// Up from each folder that holds one of these nodes, with the length of the longest name; no path is longer than 4096
// bytes, so rings of folders end it, too.
constexpr char kShort[] =
    "WITH RECURSIVE up (folder, bytes) AS ("
    "SELECT parent, max(length(name)) FROM nodes WHERE id > ? AND id <= ? GROUP BY parent UNION "
    "SELECT nodes.parent, up.bytes + 1 + length(nodes.name) FROM up JOIN nodes ON nodes.id = up.folder "
    "WHERE up.bytes <= 4096) "
    "SELECT DISTINCT folders.id FROM up JOIN folders ON folders.id = up.folder WHERE folders.reach < up.bytes";

}  // namespace

Result<bool> FolderRowsCheck::step(CheckOutcome& outcome) {
  std::vector<Wrong> wrong;
  const auto more = parts_.catalog.read([&](Database& database) -> Result<bool> {
    if (!begun_) find_roots(database, wrong);
    begun_ = true;
    auto window = database.query(
        "SELECT max(id), count(*) FROM (SELECT id FROM nodes WHERE id > ? ORDER BY id LIMIT ?)", after_, kNodesAtOnce);
    if (!window.step() || window.is_null(0)) return false;
    const auto last = window.integer(0);
    NodePlaces places(database);
    find_missing(database, places, last, wrong);
    find_short(database, places, last, wrong);
    checked_ += window.number(1);
    after_ = last;
    return true;
  });
  if (!more) return more;
  for (const auto& one : wrong) {
    const auto mended = repair_ ? mend(one) : Result<void>();
    note_number(outcome,
                {.user = one.place.user,
                 .path = one.place.path,
                 .cause = one.has_row ? "paths below the folder are longer than it says"
                                      : "what the folder holds was not counted"},
                repair_, mended);
  }
  return *more;
}

void FolderRowsCheck::find_roots(Database& database, std::vector<Wrong>& wrong) {
  auto query = database.query(
      "SELECT id, name, root FROM users WHERE name NOT LIKE 'removed:%' AND NOT EXISTS "
      "(SELECT 1 FROM folders WHERE folders.id = users.root)");
  while (query.step()) wrong.push_back({query.integer(2), {query.integer(0), query.bytes(1), "", false}, false});
}

// What is on its way out may have none.
void FolderRowsCheck::find_missing(Database& database, NodePlaces& places, std::int64_t last,
                                   std::vector<Wrong>& wrong) const {
  auto query = database.query(
      "SELECT id FROM nodes WHERE id > ? AND id <= ? AND kind = 2 AND NOT EXISTS "
      "(SELECT 1 FROM folders WHERE folders.id = nodes.id)",
      after_, last);
  while (query.step()) {
    auto place = places.find(query.integer(0));
    if (place) wrong.push_back({query.integer(0), std::move(*place), false});
  }
}

void FolderRowsCheck::find_short(Database& database, NodePlaces& places, std::int64_t last,
                                 std::vector<Wrong>& wrong) const {
  auto query = database.query(kShort, after_, last);
  while (query.step()) {
    const auto folder = query.integer(0);
    auto place = places.find_folder(folder);
    if (!place) place = places.find(folder);
    if (place) wrong.push_back({folder, std::move(*place), true});
  }
}

Result<void> FolderRowsCheck::mend(const Wrong& wrong) {
  return parts_.queue.run<void>([folder = wrong.folder](WriteContext& context) -> Result<void> {
    context.totals.settle();
    context.database.run("INSERT OR IGNORE INTO folders (id, files, folders, bytes, reach) VALUES (?, 0, 0, 0, 0)",
                         folder);
    count_folder(context.database, folder);
    context.totals.forget_measured();
    static_cast<void>(context.totals.measure_reach(folder));
    return {};
  });
}

}  // namespace ndisk::storage
