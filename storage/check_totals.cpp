#include "storage/check_totals.hpp"

#include <algorithm>

#include "storage/healing.hpp"
#include "storage/log.hpp"

namespace ndisk::storage {
namespace {

constexpr std::size_t kObjectsAtOnce = 256 * 1024;  // counted in one walk through the versions: 6 MiB
constexpr int kFoldersAtOnce = 256;

struct Counted {
  std::int64_t id = 0;
  std::int64_t refs = 0;
  std::int64_t found = 0;
};

// All that is below a folder, counted file by file.
constexpr char kBelow[] =
    "WITH RECURSIVE below (id) AS (SELECT ? UNION ALL SELECT nodes.id FROM nodes JOIN below ON nodes.parent = below.id "
    "WHERE nodes.kind = 2) SELECT ifnull(sum(nodes.kind <> 2), 0), ifnull(sum(nodes.kind = 2), 0), "
    "ifnull(sum(iif(nodes.kind = 2, 0, nodes.size)), 0) FROM below JOIN nodes ON nodes.parent = below.id";

// By what the folders in it say of themselves.
constexpr char kChildren[] =
    "SELECT ifnull(sum(iif(nodes.kind = 2, folders.files, 1)), 0), ifnull(sum(iif(nodes.kind = 2, folders.folders + 1, "
    "0)), 0), ifnull(sum(iif(nodes.kind = 2, folders.bytes, nodes.size)), 0) FROM nodes LEFT JOIN folders ON "
    "folders.id = nodes.id AND nodes.kind = 2 WHERE nodes.parent = ?";

Totals count(Database& database, const char* sql, std::int64_t folder) {
  auto query = database.query(sql, folder);
  Totals totals;
  if (query.step()) {
    totals.files = query.number(0);
    totals.folders = query.number(1);
    totals.bytes = query.number(2);
  }
  return totals;
}

void add_references(Database& database, std::int64_t object, std::int64_t count) {
  database.run("UPDATE objects SET refs = refs + ? WHERE id = ?", count, object);
}

std::vector<Counted> next_objects(Database& database, std::int64_t after) {
  std::vector<Counted> objects;
  auto query = database.query("SELECT id, refs FROM objects WHERE id > ? ORDER BY id LIMIT ?", after,
                              std::int64_t{kObjectsAtOnce});
  while (query.step()) objects.push_back({query.integer(0), query.integer(1), 0});
  return objects;
}

void count_references(Database& database, std::vector<Counted>& objects) {
  auto query =
      database.query("SELECT object FROM versions WHERE object BETWEEN ? AND ?", objects.front().id, objects.back().id);
  while (query.step()) {
    const auto found = std::ranges::lower_bound(objects, query.integer(0), {}, &Counted::id);
    if (found != objects.end() && found->id == query.integer(0)) ++found->found;
  }
}

}  // namespace

void note_number(CheckOutcome& outcome, Finding finding, bool repair, const Result<void>& mended) {
  if (!mended) log_warning("a number that is wrong stays: " + mended.error().message);
  finding.kind = FindingKind::kTotals;
  finding.mended = repair && mended.has_value();
  if (!finding.mended) finding.advice = "--repair counts it anew";
  if (finding.advice.empty()) finding.advice = "nothing: it was counted anew";
  ++outcome.report.damage;
  if (finding.mended) ++outcome.report.mended;
  outcome.found.push_back(std::move(finding));
}

void count_folder(Database& database, std::int64_t folder) {
  const auto totals = count(database, kBelow, folder);
  database.run("UPDATE folders SET files = ?, folders = ?, bytes = ? WHERE id = ?", totals.files, totals.folders,
               totals.bytes, folder);
}

Result<bool> TotalsCheck::step(CheckOutcome& outcome) {
  Result<bool> more = false;
  switch (stage_) {
    case Stage::kReferences: more = check_references(outcome); break;
    case Stage::kFolders: more = check_folders(outcome); break;
    case Stage::kUsers: more = check_users(outcome); break;
    case Stage::kDone: break;
  }
  if (!more || *more) return more;
  stage_ = static_cast<Stage>(static_cast<int>(stage_) + 1);
  after_ = 0;
  return stage_ != Stage::kDone;
}

Result<bool> TotalsCheck::check_references(CheckOutcome& outcome) {
  auto objects = parts_.catalog.read([this](Database& database) -> Result<std::vector<Counted>> {
    auto found = next_objects(database, after_);
    if (!found.empty()) count_references(database, found);
    return found;
  });
  if (!objects) return std::unexpected(std::move(objects.error()));
  if (objects->empty()) return false;
  after_ = objects->back().id;
  for (const auto& object : *objects) {
    if (object.refs == object.found) continue;
    const auto mended = repair_ ? mend_references(object.id, object.found - object.refs) : Result<void>();
    note_number(outcome,
                {.cause = "the object " + std::to_string(object.id) + " says that " + std::to_string(object.refs) +
                          " versions refer to it; they are " + std::to_string(object.found),
                 .advice = object.found > 0 ? "" : "nothing: it was counted anew, and its file is kept in quarantine/"},
                repair_, mended);
  }
  return true;
}

// Versions and references come and go together, so what is missing stays the same: nobody counts again while the writer
// waits. What nothing refers to is freed by the collector. But that the versions are gone for good reason is not
// proved: so the file is put aside, durably, before the number says so, and nobody may refer to it from then on.
Result<void> TotalsCheck::mend_references(std::int64_t object, std::int64_t missing) {
  const auto lost =
      parts_.queue.run<std::optional<ObjectRow>>([=](WriteContext& context) -> Result<std::optional<ObjectRow>> {
        auto row = context.objects.find(object);
        if (!row) return std::nullopt;
        if (row->refs + missing == 0) {
          context.objects.set_state(object, ObjectState::kQuarantined);
          return row;
        }
        add_references(context.database, object, missing);
        return std::nullopt;
      });
  if (!lost) return std::unexpected(lost.error());
  if (!*lost) return {};
  if (auto aside = put_aside(parts_, **lost); !aside) return aside;
  return parts_.queue.run<void>([=](WriteContext& context) -> Result<void> {
    add_references(context.database, object, missing);
    return {};
  });
}

Result<bool> TotalsCheck::check_folders(CheckOutcome& outcome) {
  struct Wrong {
    std::int64_t id = 0;
    std::optional<NodePlace> place;
  };
  std::vector<Wrong> wrong;
  const auto more = parts_.catalog.read([&](Database& database) -> Result<bool> {
    NodePlaces places(database);
    auto query = database.query("SELECT id, files, folders, bytes FROM folders WHERE id > ? ORDER BY id LIMIT ?",
                                after_, kFoldersAtOnce);
    bool any = false;
    while (query.step()) {
      any = true;
      after_ = query.integer(0);
      Totals kept;
      kept.files = query.number(1);
      kept.folders = query.number(2);
      kept.bytes = query.number(3);
      // A folder in it may be what is wrong: only a whole count proves it.
      if (kept == count(database, kChildren, after_)) continue;
      auto place = places.find_folder(after_);
      if (!place) place = places.find(after_);
      if (place && kept != count(database, kBelow, after_)) wrong.push_back({after_, place});
    }
    return any;
  });
  if (!more) return more;
  for (const auto& one : wrong) {
    const auto mended = repair_ ? mend_folder(one.id) : Result<void>();
    note_number(outcome,
                {.user = one.place->user,
                 .path = one.place->path,
                 .cause = "what the folder holds is not what it says it does"},
                repair_, mended);
  }
  return *more;
}

Result<void> TotalsCheck::mend_folder(std::int64_t folder) {
  return parts_.queue.run<void>([folder](WriteContext& context) -> Result<void> {
    context.totals.settle();
    count_folder(context.database, folder);
    return {};
  });
}

Result<bool> TotalsCheck::check_users(CheckOutcome& outcome) {
  struct Wrong {
    std::int64_t id = 0;
    std::string name;
  };
  std::vector<Wrong> wrong;
  const auto looked = parts_.catalog.read([&](Database& database) -> Result<void> {
    auto query = database.query(
        "SELECT users.id, users.name FROM users LEFT JOIN folders ON folders.id = users.root "
        "WHERE users.name NOT LIKE 'removed:%' AND (users.files <> folders.files OR users.bytes <> folders.bytes OR "
        "users.stored <> (SELECT ifnull(sum(size), 0) FROM objects WHERE objects.user = users.id))");
    while (query.step()) wrong.push_back({query.integer(0), query.bytes(1)});
    return {};
  });
  if (!looked) return std::unexpected(looked.error());
  for (const auto& one : wrong) {
    const auto mended = repair_ ? mend_user(one.id) : Result<void>();
    note_number(outcome, {.user = one.name, .cause = "the user's files, bytes or space are not what they add up to"},
                repair_, mended);
  }
  return false;
}

Result<void> TotalsCheck::mend_user(std::int64_t user) {
  return parts_.queue.run<void>([user](WriteContext& context) -> Result<void> {
    auto* row = context.user(user);
    if (row == nullptr) return {};
    const auto totals = context.totals.of(row->root);
    row->files = totals.files;
    row->bytes = totals.bytes;
    auto query = context.database.query("SELECT ifnull(sum(size), 0) FROM objects WHERE user = ?", user);
    if (query.step()) row->stored = query.number(0);
    context.touch(*row);
    return {};
  });
}

}  // namespace ndisk::storage
