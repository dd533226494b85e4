// Disks that lie about one kind of sync: a crash must bring each of them to light, or the search is worth nothing.
#include "tests/catch.hpp"
#include "tests/crash/explorer.hpp"
#include "tests/crash/scenarios.hpp"

namespace ndisk::crash {
namespace {

using Lie = std::function<bool(const Operation&)>;

bool is_below(const Operation& operation, std::string_view folder) {
  return operation.path.starts_with(std::string(kData) + "/" + std::string(folder));
}

// objects/ab/SHA256.ID, not the folders.
bool is_object(const Operation& operation) {
  return is_below(operation, "objects/") && operation.path.find('.') != std::string::npos;
}

// What is found out of the disk that tells this lie, in words; empty: nothing.
std::string find_out(const std::string& scenario, const Lie& lie) {
  const auto recording = record(find_scenario(scenario), lie);
  REQUIRE(recording);
  ExploreLimits limits;
  limits.losses.most = 3;
  limits.threads = 2;
  limits.most_faults = 1;
  const auto explored = explore(*recording, limits);
  return explored.faults.empty() ? "" : explored.faults.front();
}

bool is_found_out(const std::string& scenario, const Lie& lie) { return !find_out(scenario, lie).empty(); }

}  // namespace

TEST_CASE("broken twin: a disk that syncs nothing") {
  CHECK(is_found_out("small-upload", [](const Operation&) { return true; }));
}

TEST_CASE("broken twin: the content of small files is not synced before their commit") {
  CHECK(is_found_out("small-upload", is_object));
  CHECK(is_found_out("small-group-fsync", is_object));
  CHECK(is_found_out("small-group-syncfs",
                     [](const Operation& sync) { return sync.action == Action::kSyncAll || is_object(sync); }));
}

TEST_CASE("broken twin: the names of objects are not synced before their commit") {
  const auto is_folder = [](const Operation& sync) { return is_below(sync, "objects/") && !is_object(sync); };
  CHECK(is_found_out("small-upload", is_folder));
  CHECK(is_found_out("large-upload", is_folder));
}

TEST_CASE("broken twin: an upload's checkpoint is recorded before its bytes are synced") {
  CHECK(is_found_out(
      "resume", [](const Operation& sync) { return sync.action == Action::kSyncData && is_below(sync, "staging/"); }));
}

TEST_CASE("broken twin: an upload's checkpoint is recorded before its name is synced") {
  CHECK(is_found_out("resume", [](const Operation& sync) { return sync.path == std::string(kData) + "/staging"; }));
}

TEST_CASE("broken twin: the catalog's log is not synced before the answer") {
  CHECK(is_found_out("small-upload", [](const Operation& sync) { return is_below(sync, "ndisk.db-wal"); }));
  CHECK(is_found_out("rm", [](const Operation& sync) { return is_below(sync, "ndisk.db-wal"); }));
  CHECK(is_found_out("accounts", [](const Operation& sync) { return is_below(sync, "ndisk.db-wal"); }));
  CHECK(is_found_out("links", [](const Operation& sync) { return is_below(sync, "ndisk.db-wal"); }));
}

TEST_CASE("broken twin: the catalog is not synced before its log begins anew") {
  CHECK(
      is_found_out("log-restart", [](const Operation& sync) { return sync.path == std::string(kData) + "/ndisk.db"; }));
}

TEST_CASE("broken twin: ranges of an older version are not synced before their commit") {
  CHECK(is_found_out("ranges", [](const Operation& sync) { return is_below(sync, "staging/"); }));
}

TEST_CASE("broken twin: the data directory's own names are not synced at the first start") {
  CHECK(is_found_out("first-start", [](const Operation& sync) { return sync.path == kData; }));
}

TEST_CASE("broken twin: a rebuilt catalog is not synced before it takes its name") {
  CHECK(is_found_out("rebuild", [](const Operation& sync) { return is_below(sync, "ndisk.db.new"); }));
}

TEST_CASE("broken twin: content is moved to a quarantine whose name is not synced") {
  CHECK(is_found_out("rebuild", [](const Operation& sync) { return sync.path == kData; }));
  CHECK(is_found_out("repair", [](const Operation& sync) { return sync.path == kData; }));
}

TEST_CASE("broken twin: the tree forgets what it was told before it is synced") {
  CHECK(is_found_out("small-upload", [](const Operation& sync) { return sync.action == Action::kSyncAll; }));
}

}  // namespace ndisk::crash
