// Every statement that the drive prepares is explained on the catalog that it was prepared for: none may go through a
// table that grows with what is stored. New statements are caught as soon as the scenario calls what runs them.
#include <deque>
#include <map>
#include <mutex>
#include <set>

#include "tests/storage/history_fixture.hpp"
#include "tests/storage/namespace_fixture.hpp"

namespace ndisk::storage {
namespace {

// Tables that stay small, and why.
const std::map<std::string, std::string> kSmall = {
    {"users", "people"},
    {"devices", "what people own"},
    {"invites", "made by hand, one a device"},
    {"uploads", "large files under way or given up in the last days"},
    {"sqlite_master", "the tables themselves"},
    {"sqlite_sequence", "a row for each of some tables"},
};

// Statements that may go through another table, by how they begin, and why.
const std::map<std::string, std::string> kAllowed = {
    {"DELETE FROM requests WHERE id IN (SELECT id FROM (SELECT id, created FROM requests ORDER BY id LIMIT ?)",
     "reads the first few rows only"},
    {"SELECT count(*) FROM objects INDEXED BY objects_damaged WHERE state > 1 AND refs > 0",
     "goes through what is damaged only"},
    {"SELECT count(*), ifnull(sum(refs), 0) FROM objects WHERE state > 1",
     "goes through what is damaged only"},
    {"INSERT INTO replaced (node, due) SELECT node, 0 FROM versions GROUP BY node",
     "once, at the start after somebody made the promises of retention smaller"},
};

class Statements {
 public:
  std::function<void(const std::string&)> listener() {
    return [this](const std::string& sql) {
      const std::scoped_lock lock(mutex_);
      heard_.insert(sql);
    };
  }
  std::set<std::string> heard() {
    const std::scoped_lock lock(mutex_);
    return heard_;
  }

 private:
  std::mutex mutex_;
  std::set<std::string> heard_;
};

bool is_explainable(const std::string& sql) {
  for (const auto* word : {"PRAGMA", "BEGIN", "COMMIT", "SAVEPOINT", "RELEASE", "ROLLBACK"}) {
    if (sql.starts_with(word)) return false;
  }
  return true;
}

// What in the plan costs more the more is stored.
std::vector<std::string> costly_steps(Database& database, const std::string& sql) {
  std::vector<std::string> scans;
  std::vector<std::string> sorts;
  bool scans_small = false;
  // The database keeps what it prepared by the address of its text.
  static std::deque<std::string> texts;
  auto query = database.query(texts.emplace_back("EXPLAIN QUERY PLAN " + sql).c_str());
  while (query.step()) {
    const auto step = query.bytes(3);
    if (step.starts_with("USE TEMP B-TREE")) sorts.push_back(step);
    if (!step.starts_with("SCAN ") || step == "SCAN CONSTANT ROW") continue;
    if (kSmall.contains(step.substr(5, step.find(' ', 5) - 5))) {
      scans_small = true;
    } else {
      scans.push_back(step);
    }
  }
  // What was found in a small table is sorted soon.
  if (!scans_small) scans.insert(scans.end(), sorts.begin(), sorts.end());
  return scans;
}

class Scenario : public NamespaceFixture {
 public:
  void run() {
    files_and_folders();
    reading();
    moving();
    uploading();
    history();
    accounts();
    housekeeping();
    starting_again();
  }

 private:
  void files_and_folders() {
    REQUIRE(put("a/b/file", "one"));
    REQUIRE(put("a/b/file", "two"));
    REQUIRE(put("a/b/file", "two"));
    REQUIRE(put("a/same", "two"));
    REQUIRE(put_link("a/link", "file"));
    auto with_receipt = small("a/receipt", to_bytes("three"));
    with_receipt.receipt = true;
    REQUIRE(put(with_receipt));
    REQUIRE(put(with_receipt));
    REQUIRE(drive->receipt_state(actor, 1));
    FolderRequest plain;
    plain.path = at("folder");
    plain.attributes = Attributes{1, 0700};
    REQUIRE(make(plain));
    REQUIRE(put("gone/file", "four"));
    REQUIRE(remove("gone", true));
  }

  void reading() {
    for (const bool folders_only : {false, true}) {
      ListRequest request;
      request.recursive = true;
      request.folders_only = folders_only;
      request.with_totals = true;
      request.after = "a/b";
      request.filter.emplace().empty = true;
      REQUIRE(drive->list(actor, request));
    }
    REQUIRE(drive->stat(actor, at("")));
    REQUIRE(drive->stat(actor, at("a/b")));
    const auto status = stat("a/b/file");
    REQUIRE(drive->open_file(actor, {at("a/b/file"), std::nullopt}));
    REQUIRE(drive->open_file(actor, {at("a/b/file"), status.entry.version}));
    REQUIRE(drive->open_file(actor, {at(""), status.entry.version}));
    REQUIRE(drive->status());
  }

  void moving() {
    REQUIRE(move("a/b", "folder"));
    REQUIRE(put("x", "five"));
    REQUIRE(put("y", "six"));
    REQUIRE(move("x", "y"));
    REQUIRE(make_folder("over"));
    REQUIRE(make_folder("empty"));
    REQUIRE(move(exactly("over", "empty")));
    REQUIRE(copy("folder", "copied", true));
    REQUIRE(copy("y", "a/same"));
    REQUIRE_FALSE(copy("folder", "folder", true));
  }

  void uploading() {
    REQUIRE(upload("large", pattern(100'000)));
    auto held = writer(large("held", 50'000));
    REQUIRE(held->append(0, pattern(10'000)));
    held.reset();
    REQUIRE(offer(large("sized", 3)));
    auto known = large("known", 100'000);
    known.sha256 = sha256(pattern(100'000));
    REQUIRE(offer(known));
    const auto uploads = drive->uploads(actor);
    REQUIRE(uploads);
    REQUIRE_FALSE(uploads->empty());
    for (const auto& one : *uploads) REQUIRE(drive->cancel_upload(actor, one.id));
    REQUIRE(drive->abandon(writer(large("abandoned", 5))));
    auto left = writer(large("left", 50'000));
    REQUIRE(left->append(0, pattern(10'000)));
  }

  void history() {
    REQUIRE(put("h", "one"));
    REQUIRE(put("h", "two"));
    const auto versions = drive->versions(actor, at("h"), 0, 10);
    REQUIRE(versions);
    REQUIRE(drive->versions(actor, at("h"), versions->front().version, 10));
    const auto restore = [&](std::string_view path, std::optional<std::uint64_t> version) {
      return wait_for<Placed>(
          [&](auto done) { drive->restore(actor, random_bytes<16>(), at(path), version, std::move(done)); });
    };
    REQUIRE(restore("h", std::nullopt));
    REQUIRE(restore("h", versions->back().version));
    REQUIRE(remove("h"));
    REQUIRE(restore("h", std::nullopt));
    for (int i = 0; i < 3; ++i) {
      REQUIRE(put("t/file", "t"));
      REQUIRE(remove("t", true));
    }
    const auto items = drive->trash(actor, 0, 10);
    REQUIRE(items);
    REQUIRE(drive->trash(actor, items->front().id, 10));
    REQUIRE(wait_for<Placed>([&](auto done) {
      drive->restore_trash(actor, random_bytes<16>(), items->at(0).id, std::nullopt, std::move(done));
    }));
    const auto empty = [&](std::vector<std::uint64_t> ids, std::optional<TimeNs> before) {
      EmptyTrashRequest request{random_bytes<16>(), std::move(ids), before};
      return wait_for<Emptied>([&](auto done) { drive->empty_trash(actor, std::move(request), std::move(done)); });
    };
    REQUIRE(empty({items->at(1).id}, std::nullopt));
    REQUIRE(empty({}, 1));
    REQUIRE(empty({}, std::nullopt));
  }

  void accounts() {
    auto& book = drive->accounts();
    REQUIRE(book.create_user("ann", 1000));
    const auto owner = actor;
    const auto key = random_bytes<32>();
    actor = enrol("ann", key);
    REQUIRE(put("hers", "1"));
    REQUIRE(put("hers", "2"));
    REQUIRE(remove("hers"));
    REQUIRE(book.find_device(key));
    const auto device = actor.device;
    actor = owner;
    REQUIRE(book.set_quota("ann", std::nullopt));
    REQUIRE(book.users("", 10));
    REQUIRE(book.users("ann", 10));
    REQUIRE(book.devices("", std::nullopt, 10));
    REQUIRE(book.devices("ann", std::nullopt, 10));
    REQUIRE(book.devices("ann", DeviceId{}, 10));
    REQUIRE(book.devices("", DeviceId{}, 10));
    REQUIRE(book.revoke_device(device));
    REQUIRE(book.is_new());
    REQUIRE(book.remove_user("ann", true));
  }

  void housekeeping() {
    REQUIRE(drive->flush_tree());
    for (int i = 0; i < 15; ++i) REQUIRE(put("often", std::to_string(i)));
    REQUIRE(put("expires", "1"));
    REQUIRE(remove("expires"));
    REQUIRE(drive->collect());
    clock.advance(100 * kDayNs);
    REQUIRE(drive->collect());
    REQUIRE(drive->collect());
    REQUIRE(put("after", "1"));
  }

  void starting_again() {
    options.tree = false;
    options.retention.versions = 2;
    reopen();
    options.tree = true;
    reopen();
    REQUIRE(drive->flush_tree());
    REQUIRE(drive->collect());
    drive.reset();
  }
};

}  // namespace

TEST_CASE("catalog: no statement goes through a table that grows") {
  Statements statements;
  Scenario scenario;
  scenario.drive.reset();
  scenario.options.on_statement = statements.listener();
  scenario.open();
  scenario.run();
  auto database = Database::open(scenario.data("ndisk.db"), DatabaseMode::kExisting);
  REQUIRE(database);
  const auto heard = statements.heard();
  CHECK(heard.size() > 100);
  std::set<std::string> used;
  for (const auto& sql : heard) {
    if (!is_explainable(sql)) continue;
    const auto steps = costly_steps(**database, sql);
    if (steps.empty()) continue;
    const auto allowed = std::ranges::find_if(kAllowed, [&](const auto& one) { return sql.starts_with(one.first); });
    if (allowed != kAllowed.end()) {
      used.insert(allowed->first);
      continue;
    }
    INFO(sql);
    for (const auto& step : steps) CHECK(step == "no such step");
  }
  CHECK_FALSE((*database)->take_error());
  // What is not needed any more must not stand there as an excuse.
  for (const auto& [beginning, reason] : kAllowed) {
    INFO(beginning << ": " << reason);
    CHECK(used.contains(beginning));
  }
}

TEST_CASE("catalog: a statement that goes through a table is found") {
  NamespaceFixture fixture;
  auto database = Database::open(fixture.data("ndisk.db"), DatabaseMode::kExisting);
  REQUIRE(database);
  CHECK(costly_steps(**database, "SELECT id FROM nodes WHERE size = ?").size() == 1);
  CHECK(costly_steps(**database, "SELECT id FROM nodes WHERE parent = ? ORDER BY mtime").size() == 1);
  CHECK(costly_steps(**database, "UPDATE nodes SET mode = 0 WHERE version = 1").size() == 1);
  CHECK(costly_steps(**database, "SELECT nodes.id FROM users JOIN nodes ON nodes.size = users.id").size() == 1);
  CHECK(costly_steps(**database, "SELECT id FROM nodes WHERE parent = ? ORDER BY name").empty());
}

}  // namespace ndisk::storage
