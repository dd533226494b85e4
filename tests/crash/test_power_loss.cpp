// The short form: a few crashes at some moments of each scenario, chosen by lot. scripts/powerloss tries them all.
// NDISK_SEED chooses others, NDISK_CRASHES how many at a moment, NDISK_SHARE one of how many moments.
#include <cstdlib>

#include "tests/catch.hpp"
#include "tests/crash/explorer.hpp"
#include "tests/crash/scenarios.hpp"

namespace ndisk::crash {
namespace {

std::uint64_t setting(const char* name, std::uint64_t fallback) {
  const char* text = std::getenv(name);
  return text == nullptr ? fallback : std::strtoull(text, nullptr, 10);
}

// `fewer`: one of how many moments that others would try.
ExploreLimits short_limits(unsigned fewer) {
  ExploreLimits limits;
  limits.seed = setting("NDISK_SEED", 1);
  limits.share = fewer * static_cast<unsigned>(setting("NDISK_SHARE", 4));
  limits.losses.most = setting("NDISK_CRASHES", 4);
  limits.threads = 2;
  limits.most_faults = 1;
  return limits;
}

void survives(const std::string& name, unsigned fewer = 1) {
  const auto recording = record(find_scenario(name));
  INFO((recording ? "" : recording.error().message));
  REQUIRE(recording);
  const auto explored = explore(*recording, short_limits(fewer));
  INFO("scripts/powerloss " << name << " tries all of it");
  INFO((explored.faults.empty() ? "" : explored.faults.front()));
  CHECK(explored.faults.empty());
  CHECK(explored.disks > 0);
}

}  // namespace

TEST_CASE("power loss: a small file is whole or not there") {
  survives("small-upload");
  survives("no-tree");
}

TEST_CASE("power loss: of a group of small files each is whole or not there, and those that were answered are there") {
  survives("small-group-syncfs");
  survives("small-group-fsync");
}

TEST_CASE("power loss: a large file is whole or not there, and goes on where the server said it was safe") {
  survives("large-upload");
  survives("resume");
}

TEST_CASE("power loss: a file that takes ranges from an older version is whole or not there, and keeps them") {
  survives("ranges");
}

TEST_CASE("power loss: a file that is replaced is the old or the new one") { survives("replace"); }

TEST_CASE("power loss: a receipt that was given is in the chain, and a user that was made is there") {
  survives("receipts");
}

TEST_CASE("power loss: what is removed is there or in the trash") { survives("rm"); }

TEST_CASE("power loss: what is moved or copied is so wholly or not at all, in the tree too") {
  survives("mv-files");
  survives("mv-folders");
  survives("cp");
}

TEST_CASE("power loss: a symbolic link is the old one or the new one, a file or a link") { survives("links"); }

TEST_CASE("power loss: an invite that was used stays used, and who was turned away stays out") {
  survives("accounts");
  survives("same-name");
}

TEST_CASE("power loss: what is restored is back wholly or not at all") { survives("restore"); }

TEST_CASE("power loss: collecting takes nothing that somebody refers to, and leaves nothing that nobody does") {
  survives("collection");
}

TEST_CASE("power loss: the catalog's log is moved into it and begun anew, and all is there") {
  survives("log-restart");
}

TEST_CASE("power loss: the scenario of the log begins it anew more than once between its answers") {
  const auto recording = record(find_scenario("log-restart"));
  REQUIRE(recording);
  std::size_t begun = 0;
  for (auto i = recording->times.front().front().answered; i < recording->times.back().front().answered; ++i) {
    const auto& operation = recording->record[i];
    const bool is_header = operation.action == Action::kWrite && operation.offset == 0;
    if (is_header && operation.path == std::string(kData) + "/ndisk.db-wal") ++begun;
  }
  CHECK(begun > 1);
}

TEST_CASE("power loss: a start that was interrupted is completed by the next") {
  survives("first-start", 2);
  survives("start-after-crash");
}

TEST_CASE("power loss: a backup is the one before or the new one, whole") { survives("backup", 6); }

TEST_CASE("power loss: a rebuild can be done again, and brings the same files; nothing is gone for good") {
  survives("rebuild", 4);
  survives("rebuild-force", 4);
}

TEST_CASE("power loss: a repair that was interrupted is done by the next, and what is whole stays") {
  survives("repair");
}

TEST_CASE("power loss: a tree that was turned off is told from one that shows the drive, and made anew when it is on") {
  survives("tree-turned-off");
  survives("tree-turned-on");
}

TEST_CASE("power loss: an upgrade that was interrupted is made whole by the next start") { survives("migration"); }

}  // namespace ndisk::crash
