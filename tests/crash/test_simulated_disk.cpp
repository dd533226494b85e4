#include <fcntl.h>

#include "storage/sqlite.hpp"
#include "tests/catch.hpp"
#include "tests/crash/cursor.hpp"
#include "tests/crash/loss_choice.hpp"
#include "tests/crash/simulated_vfs.hpp"

namespace ndisk::crash {
namespace {

// A disk to do things with, and what a power cut after all of them leaves if everything is lost that may be.
class DiskFixture {
 public:
  InodeId make(const std::string& path, std::string_view content = "") {
    const auto file = disk.open(kRootFolder, path, O_RDWR | O_CREAT, 0600);
    REQUIRE(file);
    if (!content.empty()) REQUIRE(disk.write(*file, as_bytes(content), 0));
    return *file;
  }
  InodeId folder(const std::string& path) {
    REQUIRE(disk.make_folder(kRootFolder, path, 0700));
    return *disk.find(kRootFolder, path);
  }
  Losses all_lost(Loss loss = Loss::kGone) {
    Losses losses;
    for (const auto place : pending()) losses[place] = loss;
    return losses;
  }
  std::vector<std::size_t> pending() {
    const auto record = disk.record();
    Cursor cursor(initial, record);
    cursor.advance_to(record.size());
    return cursor.pending();
  }
  DiskImage after(const Losses& losses) {
    const auto record = disk.record();
    Cursor cursor(initial, record);
    cursor.advance_to(record.size());
    return cursor.disk_after(losses);
  }
  // The content of a file, or "none".
  static std::string content(const DiskImage& image, const std::string& path) {
    const auto found = image.walk(kRootFolder, path);
    return found ? std::string(as_text(image.find(*found)->content)) : "none";
  }
  std::string left(const std::string& path, Loss loss = Loss::kGone) { return content(after(all_lost(loss)), path); }

  DiskImage initial;
  SimulatedDisk disk;
};

}  // namespace

TEST_CASE("simulated disk: a file that was synced in a folder that was not has content and no name") {
  DiskFixture fixture;
  const auto file = fixture.make("/a", "text");
  REQUIRE(fixture.disk.sync(file));
  CHECK(fixture.left("/a") == "none");
  REQUIRE(fixture.disk.sync(kRootFolder));
  CHECK(fixture.left("/a") == "text");
}

TEST_CASE("simulated disk: a name that was synced leads to a file that was not, which is empty, torn or zeros") {
  DiskFixture fixture;
  fixture.make("/a", "text");
  REQUIRE(fixture.disk.sync(kRootFolder));
  CHECK(fixture.left("/a") == "");
  CHECK(fixture.left("/a", Loss::kTorn) == "te");
  CHECK(fixture.left("/a", Loss::kZeros) == std::string(4, '\0'));
}

TEST_CASE("simulated disk: a sync of data keeps bytes and size, and not the mtime and mode that were set") {
  DiskFixture fixture;
  const auto file = fixture.make("/a", "text");
  REQUIRE(fixture.disk.sync(kRootFolder));
  REQUIRE(fixture.disk.set_mtime(file, 5));
  REQUIRE(fixture.disk.set_mode(file, 0400));
  REQUIRE(fixture.disk.sync_data(file));
  CHECK(fixture.left("/a") == "text");
  CHECK(fixture.pending().size() == 2);
  REQUIRE(fixture.disk.sync(file));
  CHECK(fixture.pending().empty());
}

TEST_CASE("simulated disk: a rename is there whole or not at all, until both folders are synced") {
  DiskFixture fixture;
  const auto file = fixture.make("/a", "text");
  const auto folder = fixture.folder("/f");
  REQUIRE(fixture.disk.sync(file));
  REQUIRE(fixture.disk.sync(kRootFolder));
  REQUIRE(fixture.disk.rename(kRootFolder, "a", folder, "b"));
  CHECK(fixture.left("/a") == "text");
  CHECK(fixture.left("/f/b") == "none");
  REQUIRE(fixture.disk.sync(folder));
  CHECK(fixture.left("/a") == "text");
  REQUIRE(fixture.disk.sync(kRootFolder));
  CHECK(fixture.left("/a") == "none");
  CHECK(fixture.left("/f/b") == "text");
}

TEST_CASE("simulated disk: a removal that was not synced may not have been") {
  DiskFixture fixture;
  REQUIRE(fixture.disk.sync(fixture.make("/a", "text")));
  REQUIRE(fixture.disk.sync(kRootFolder));
  REQUIRE(fixture.disk.remove_file(kRootFolder, "a"));
  CHECK(fixture.left("/a") == "text");
  CHECK(fixture.content(fixture.after({}), "/a") == "none");
}

TEST_CASE("simulated disk: a sync of everything leaves nothing to lose") {
  DiskFixture fixture;
  fixture.make("/a", "text");
  fixture.folder("/f");
  CHECK(fixture.pending().size() == 3);
  REQUIRE(fixture.disk.sync_all());
  CHECK(fixture.pending().empty());
  CHECK(fixture.left("/a") == "text");
}

TEST_CASE("simulated disk: a hard link keeps content whose first name is lost") {
  DiskFixture fixture;
  const auto folder = fixture.folder("/f");
  REQUIRE(fixture.disk.sync(kRootFolder));
  REQUIRE(fixture.disk.sync(fixture.make("/a", "text")));
  REQUIRE(fixture.disk.link(kRootFolder, "a", folder, "b"));
  REQUIRE(fixture.disk.sync(folder));
  CHECK(fixture.left("/a") == "none");
  CHECK(fixture.left("/f/b") == "text");
}

TEST_CASE("simulated disk: every prefix, single loss, pair and subset of what is pending is thought of") {
  DiskFixture fixture;
  for (const auto* name : {"/a", "/b", "/c", "/d"}) fixture.make(name);
  std::mt19937_64 random(1);
  const auto record = fixture.disk.record();
  const auto pending = fixture.pending();
  const auto count_different = [&](const LossLimits& limits) {
    const LossChoice choice(record, pending, limits, random);
    std::set<Losses> different;
    for (std::size_t i = 0; i < choice.size(); ++i) different.insert(choice.at(i));
    return different.size();
  };
  CHECK(count_different({}) == 16);
  // Neither prefix, single nor pair: three lost, the last of them kept.
  CHECK(count_different({.subsets_up_to = 3}) == 16 - 3);
}

TEST_CASE("simulated disk: what was read or changed is known, and what was only removed or renamed is not") {
  DiskFixture before;
  std::map<std::string, InodeId> files;
  for (const auto* name : {"/read", "/asked", "/cut", "/removed", "/renamed"}) files[name] = before.make(name, "text");
  SimulatedDisk disk(before.disk.image());
  Bytes bytes(4);
  REQUIRE(disk.read(files["/read"], bytes, 0));
  REQUIRE(disk.status(files["/asked"]));
  REQUIRE(disk.truncate(files["/cut"], 0));
  REQUIRE(disk.remove_file(kRootFolder, "/removed"));
  REQUIRE(disk.rename(kRootFolder, "/renamed", kRootFolder, "/other"));
  CHECK(disk.looked_at() == std::set<InodeId>{files["/read"], files["/asked"], files["/cut"]});
}

TEST_CASE("simulated disk: equal disks have one fingerprint, and other names, contents and links have others") {
  DiskFixture one;
  DiskFixture two;
  for (auto* fixture : {&one, &two}) fixture->make("/a", "text");
  CHECK(one.disk.image().fingerprint() == two.disk.image().fingerprint());
  REQUIRE(one.disk.link(kRootFolder, "a", kRootFolder, "b"));
  const auto linked = one.disk.image().fingerprint();
  CHECK(linked != two.disk.image().fingerprint());
  two.make("/b", "text");
  CHECK(linked != two.disk.image().fingerprint());
}

TEST_CASE("simulated disk: SQLite commits to it, and a transaction is there after a crash once it is answered") {
  DiskFixture fixture;
  const auto rows = [](const DiskImage& image) {
    SimulatedDisk disk(image);
    const SimulatedVfs vfs(disk);
    auto database = storage::Database::open("/db", storage::DatabaseMode::kExisting, vfs.name());
    REQUIRE(database);
    auto query = (*database)->query("SELECT count(*) FROM t");
    return query.step() ? query.integer(0) : -1;
  };
  const SimulatedVfs vfs(fixture.disk);
  fixture.make("/db");
  REQUIRE(fixture.disk.sync(kRootFolder));
  auto database = storage::Database::open("/db", storage::DatabaseMode::kExisting, vfs.name());
  REQUIRE(database);
  (*database)->run_script("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE t (x)");
  for (int i = 1; i <= 3; ++i) {
    (*database)->run("INSERT INTO t VALUES (?)", i);
    REQUIRE_FALSE((*database)->take_error());
    CHECK(rows(fixture.after(fixture.all_lost())) == i);
  }
  (*database)->run("BEGIN");
  (*database)->run("INSERT INTO t VALUES (4)");
  CHECK(rows(fixture.after({})) == 3);
}

}  // namespace ndisk::crash
