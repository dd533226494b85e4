// Disks are told from each other without being made: the same as by making each and looking at all of it.
#include "tests/catch.hpp"
#include "tests/crash/explorer.hpp"
#include "tests/crash/scenarios.hpp"

namespace ndisk::crash {
namespace {

// What folding idle folders makes of a disk: they have numbers in place of names, and no mtime.
void fold_idle(DiskImage& image, const std::set<InodeId>& idle) {
  std::vector<InodeId> folders;
  image.visit([&](const std::string& path, InodeId id) {
    if (path.ends_with("/objects")) folders.push_back(id);
  });
  for (const auto id : folders) {
    auto& names = image.find(id)->names;
    std::vector<InodeId> folded;
    for (const auto& [name, child] : names) {
      if (idle.contains(child)) folded.push_back(child);
    }
    std::erase_if(names, [&](const auto& entry) { return idle.contains(entry.second); });
    for (const auto child : folded) {
      image.find(child)->mtime = 0;
      names["idle " + std::to_string(names.size())] = child;
    }
  }
}

// Every crash of the scenario (of one moment in `share`) in both ways: two disks are equal in one exactly if they are
// in the other.
void tells_the_same(const std::string& name, const Folding& folding, std::size_t share = 1, std::size_t most = 60) {
  const auto recording = record(find_scenario(name));
  REQUIRE(recording);
  const auto& record = recording->record;
  const auto idle = folding.idle == Idle::kFolded ? find_idle_folders(recording->initial, record) : std::set<InodeId>();
  Cursor cursor(recording->initial, record);
  Fingerprints fingerprints(recording->initial, record, folding);
  std::mt19937_64 random(1);
  std::map<std::uint64_t, std::uint64_t> made;    // by what was told without making it
  std::map<std::uint64_t, std::uint64_t> unmade;  // the other way round
  std::size_t wrong = 0;
  for (std::size_t boundary = 0; boundary <= record.size(); boundary += share) {
    cursor.advance_to(boundary);
    fingerprints.stand_at(cursor);
    const LossChoice choice(record, cursor.pending(), {.most = most}, random);
    for (std::size_t i = 0; i < choice.size(); ++i) {
      const auto losses = choice.at(i);
      auto image = cursor.disk_after(losses);
      fold_idle(image, idle);
      const auto by_making = image.fingerprint(folding.log_tails);
      const auto told = fingerprints.of(losses);
      if (made.try_emplace(told, by_making).first->second != by_making) ++wrong;
      if (unmade.try_emplace(by_making, told).first->second != told) ++wrong;
    }
  }
  CAPTURE(name);
  CHECK(wrong == 0);
  CHECK(made.size() > 20);
}

}  // namespace

TEST_CASE("fingerprints: disks differ exactly where the disks do that are made of the same losses") {
  const Folding nothing{LogTails::kCount, Idle::kCount};
  tells_the_same("small-upload", nothing, 7);
  tells_the_same("mv-folders", nothing, 7);
  tells_the_same("collection", nothing, 17);
}

TEST_CASE("fingerprints: log tails that nobody reads are folded as in disks that are made") {
  const Folding logs{LogTails::kFolded, Idle::kCount};
  tells_the_same("receipts", logs, 11);
  tells_the_same("replace", logs, 19);
}

TEST_CASE("fingerprints: of idle folders only how many there are counts") {
  tells_the_same("first-start", {}, 19, 30);
  tells_the_same("backup", {}, 61, 20);
}

TEST_CASE("fingerprints: a disk that differs in nothing but what a check did not read goes the same way") {
  const auto recording = record(find_scenario("rebuild"));
  REQUIRE(recording);
  ExploreLimits limits;
  limits.share = 41;
  limits.losses.most = 25;
  limits.threads = 2;
  limits.doubt = 1;  // each is checked all the same
  const auto explored = explore(*recording, limits);
  INFO((explored.faults.empty() ? "" : explored.faults.front()));
  CHECK(explored.faults.empty());
  CHECK(explored.unread > 0);
}

}  // namespace ndisk::crash
