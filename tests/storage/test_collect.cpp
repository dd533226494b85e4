#include <algorithm>
#include <cerrno>
#include <chrono>
#include <semaphore>
#include <thread>

#include "storage/sqlite.hpp"
#include "tests/storage/drive_fixture.hpp"

namespace ndisk::storage {
namespace {

// As a later release's pruning of versions would: nothing refers to the content any more.
void forget_versions(DriveFixture& fixture, const std::string& path) {
  fixture.drive.reset();
  auto database = Database::open(fixture.data("ndisk.db"), DatabaseMode::kExisting);
  REQUIRE(database);
  (*database)->run("DELETE FROM versions WHERE id IN (SELECT version FROM nodes WHERE name = ?)", as_bytes(path));
  (*database)->run("UPDATE objects SET refs = 0 WHERE sha256 IN (SELECT sha256 FROM nodes WHERE name = ?)",
                   as_bytes(path));
  (*database)->run("DELETE FROM nodes WHERE name = ?", as_bytes(path));
  REQUIRE_FALSE((*database)->take_error());
  database->reset();
  fixture.open();
}

// Objects' files that no row knows, of a run that is over.
void plant_litter(DriveFixture& fixture, int count) {
  for (int i = 1; i <= count; ++i) {
    const auto digest = to_hex(sha256(to_bytes(std::to_string(i))));
    std::ofstream(fixture.data("objects/" + digest.substr(0, 2) + "/" + digest + ".1")) << i;
  }
  fixture.reopen();
}

}  // namespace

TEST_CASE("collect: uploads that nobody touched for long expire, others stay") {
  DriveFixture fixture;
  auto old = fixture.writer(fixture.large("old", 1000));
  REQUIRE(old->append(0, pattern(500)));
  old.reset();
  fixture.clock.advance(fixture.options.upload_lifetime / 2);
  auto young = fixture.writer(fixture.large("young", 1000));
  REQUIRE(young->append(0, pattern(500)));
  young.reset();
  fixture.clock.advance(fixture.options.upload_lifetime / 2 + kSecondNs);
  const auto report = fixture.drive->collect();
  REQUIRE(report);
  CHECK(report->expired_uploads == 1);
  CHECK(fixture.staged_files() == 1);
  const auto uploads = fixture.drive->uploads(fixture.actor);
  REQUIRE(uploads->size() == 1);
  CHECK(uploads->at(0).path == "young");
}

TEST_CASE("collect: uploads that can't be removed keep no younger one from expiring") {
  constexpr int kStuck = 300;  // more than are looked at together
  DriveFixture fixture;
  const auto leave = [&](const std::string& path) {
    auto writer = fixture.writer(fixture.large(path, 1000));
    REQUIRE(writer->append(0, pattern(100)));
  };
  for (int i = 0; i < kStuck; ++i) leave("stuck/" + std::to_string(i));
  fixture.clock.advance(kSecondNs);
  leave("young");
  fixture.clock.advance(fixture.options.upload_lifetime + kSecondNs);
  fixture.files.fail_call(Call::kRemoveFile, EIO, 1, kStuck);
  const auto report = fixture.drive->collect();
  REQUIRE_FALSE(report);
  CHECK(report.error().code == ErrorCode::kIo);
  const auto left = fixture.drive->uploads(fixture.actor);
  REQUIRE(left);
  CHECK(left->size() == kStuck);
  CHECK(std::ranges::none_of(*left, [](const auto& upload) { return upload.path == "young"; }));
  fixture.files.heal();
  CHECK(fixture.drive->collect()->expired_uploads == kStuck);
}

TEST_CASE("collect: an upload that a session holds does not expire") {
  DriveFixture fixture;
  auto writer = fixture.writer(fixture.large("a", 1000));
  REQUIRE(writer->append(0, pattern(500)));
  writer.reset();
  writer = fixture.writer(fixture.large("a", 1000));
  fixture.clock.advance(2 * fixture.options.upload_lifetime);
  CHECK(fixture.drive->collect()->expired_uploads == 0);
  CHECK(writer->append(500, pattern(100)));
}

TEST_CASE("collect: an upload that a session comes for while it expires is theirs, whole or from the start") {
  DriveFixture fixture;
  const auto content = pattern(1000);
  const auto offer = fixture.large("a", 1000);
  auto writer = fixture.writer(offer);
  REQUIRE(writer->append(0, ByteView(content).first(500)));
  writer.reset();
  fixture.clock.advance(2 * fixture.options.upload_lifetime);
  std::future<std::unique_ptr<UploadWriter>> resumed;
  fixture.files.before_call(Call::kRemoveFile, 1, [&] {
    resumed = std::async(std::launch::async, [&] { return std::move(fixture.offer(offer)->writer); });
    // With the time to get in between, if there is a way; nothing depends on how long.
    (void)resumed.wait_for(std::chrono::milliseconds(200));
  });
  REQUIRE(fixture.drive->collect());
  writer = resumed.get();
  const auto from = writer->received();
  REQUIRE(writer->append(from, ByteView(content).subspan(from, 100)));
  writer.reset();
  writer = fixture.writer(offer);
  CHECK(writer->received() == from + 100);
  REQUIRE(writer->append(from + 100, ByteView(content).subspan(from + 100)));
  REQUIRE(fixture.commit(std::move(writer), content));
  CHECK(fixture.content("a") == as_text(content));
}

TEST_CASE("collect: frees objects that nothing refers to, and their space") {
  DriveFixture fixture;
  REQUIRE(fixture.put("a", "unwanted"));
  REQUIRE(fixture.put("b", "kept"));
  forget_versions(fixture, "a");
  const auto report = fixture.drive->collect();
  REQUIRE(report);
  CHECK(report->objects == 1);
  CHECK(fixture.object_files().size() == 1);
  CHECK(fixture.drive->status()->stored_bytes == 4);
  CHECK(fixture.content("b") == "kept");
  CHECK(fixture.drive->collect()->objects == 0);
  REQUIRE(fixture.put("a", "unwanted"));
  CHECK(fixture.content("a") == "unwanted");
}

TEST_CASE("collect: object files of earlier runs that no row knows are removed, others are not") {
  DriveFixture fixture;
  const auto put = fixture.put("a", "kept");
  const auto digest = sha256(to_bytes("litter"));
  const auto folder = fixture.data("objects/" + to_hex(digest).substr(0, 2));
  std::ofstream(folder + "/" + to_hex(digest) + ".1") << "litter";
  std::ofstream(folder + "/" + to_hex(digest) + ".900000000") << "of a run to come";
  fixture.reopen();
  const auto report = fixture.drive->collect();
  REQUIRE(report);
  CHECK(report->litter == 1);
  CHECK(fixture.object_files().size() == 2);
  CHECK(fixture.content("a") == "kept");
}

TEST_CASE("collect: an object whose file can't be removed keeps no other from being freed, and is tried again") {
  DriveFixture fixture;
  for (const char* name : {"a", "b", "c"}) REQUIRE(fixture.put(name, std::string("content of ") + name));
  REQUIRE(fixture.drive->flush_tree());
  for (const char* name : {"a", "b", "c"}) forget_versions(fixture, name);
  fixture.files.fail_removing(to_hex(sha256(to_bytes("content of a"))), EPERM);
  for (int run = 0; run < 2; ++run) {
    const auto report = fixture.drive->collect();
    REQUIRE_FALSE(report);
    CHECK(report.error().message.find("objects/") != std::string::npos);
    CHECK(fixture.object_files().size() == 1);
    CHECK(fixture.drive->status()->stored_bytes == to_bytes("content of a").size());
  }
  fixture.files.heal();
  CHECK(fixture.drive->collect()->objects == 1);
  CHECK(fixture.drive->status()->stored_bytes == 0);
}

TEST_CASE("collect: a staged file that can't be removed keeps nothing else from being collected") {
  DriveFixture fixture;
  REQUIRE(fixture.put("unwanted", "unwanted"));
  REQUIRE(fixture.drive->flush_tree());
  std::vector<std::string> staged;
  for (const char* name : {"a", "b"}) {
    auto writer = fixture.writer(fixture.large(name, 1000));
    REQUIRE(writer->append(0, pattern(500)));
    staged.push_back(to_hex(writer->id()));
  }
  forget_versions(fixture, "unwanted");
  fixture.clock.advance(2 * fixture.options.upload_lifetime);
  fixture.files.fail_removing(staged.front(), EPERM);
  REQUIRE_FALSE(fixture.drive->collect());
  CHECK(fixture.staged_files() == 1);
  CHECK(fixture.object_files().empty());
  fixture.files.heal();
  CHECK(fixture.drive->collect()->expired_uploads == 1);
  CHECK(fixture.staged_files() == 0);
}

TEST_CASE("collect: a folder of objects that can't be read hides no litter in the others") {
  DriveFixture fixture;
  fixture.options.tree = false;
  std::vector<std::string> folders;
  for (int i = 1; i <= 20; ++i) {
    const auto digest = to_hex(sha256(to_bytes(std::to_string(i))));
    folders.push_back(digest.substr(0, 2));
    std::ofstream(fixture.data("objects/" + folders.back() + "/" + digest + ".1")) << i;
  }
  fixture.reopen();
  const auto first = *std::ranges::min_element(folders);
  const auto in_first = std::ranges::count(folders, first);
  fixture.files.fail_opening(first, EIO);
  REQUIRE_FALSE(fixture.drive->collect());
  CHECK(std::ssize(fixture.object_files()) == in_first);
  fixture.files.heal();
  CHECK(fixture.drive->collect()->litter == static_cast<std::uint64_t>(in_first));
}

TEST_CASE("collect: request ids are forgotten after their time, and not before") {
  DriveFixture fixture;
  auto file = fixture.small("a", to_bytes("one"));
  const auto first = fixture.put(file);
  REQUIRE(fixture.put("a", "two"));
  fixture.clock.advance(29 * 24 * 3600 * kSecondNs);
  REQUIRE(fixture.drive->collect());
  CHECK(fixture.put(file)->version == first->version);
  fixture.clock.advance(2 * 24 * 3600 * kSecondNs);
  REQUIRE(fixture.drive->collect());
  CHECK(fixture.put(file)->version > first->version);
}

TEST_CASE("collect: ends soon when long work is to end, and the drive goes on") {
  DriveFixture fixture;
  REQUIRE(fixture.put("a", "kept"));
  plant_litter(fixture, 20);
  REQUIRE(fixture.drive->flush_tree());
  fixture.files.before_call(Call::kRemoveFile, 3, [&] { fixture.drive->end_long_work(); });
  const auto report = fixture.drive->collect_all();
  REQUIRE_FALSE(report);
  CHECK(report.error().code == ErrorCode::kShuttingDown);
  CHECK(report.error().retryable);
  CHECK(fixture.object_files().size() == 1 + 17);
  REQUIRE(fixture.put("b", "new"));
  CHECK(fixture.content("b") == "new");
}

TEST_CASE("collect: ends soon when the drive closes, and goes on at another time") {
  DriveFixture fixture;
  REQUIRE(fixture.put("a", "kept"));
  plant_litter(fixture, 20);
  REQUIRE(fixture.drive->flush_tree());
  std::future<void> closed;
  fixture.files.before_call(Call::kRemoveFile, 3, [&] {
    closed = std::async(std::launch::async, [&] { fixture.drive->close(); });
    // Once a call is refused, close() is waiting for this run.
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (fixture.drive->list(fixture.actor, {}) && std::chrono::steady_clock::now() < deadline) {
      std::this_thread::yield();
    }
  });
  const auto report = fixture.drive->collect();
  closed.get();
  REQUIRE_FALSE(report);
  CHECK(report.error().code == ErrorCode::kShuttingDown);
  CHECK(fixture.object_files().size() == 1 + 17);
  fixture.files.heal();
  fixture.reopen();
  CHECK(fixture.drive->collect()->litter == 17);
  CHECK(fixture.content("a") == "kept");
}

TEST_CASE("uploads: all of the user are listed, held or not, oldest first") {
  DriveFixture fixture;
  auto first = fixture.writer(fixture.large("first", 1000));
  REQUIRE(first->append(0, pattern(300)));
  first.reset();
  fixture.clock.advance(kSecondNs);
  const auto second = fixture.writer(fixture.large("second", std::nullopt));
  const auto uploads = fixture.drive->uploads(fixture.actor);
  REQUIRE(uploads);
  REQUIRE(uploads->size() == 2);
  CHECK(uploads->at(0).path == "first");
  CHECK(uploads->at(0).durable == 300);
  CHECK(uploads->at(0).size == 1000);
  CHECK(uploads->at(0).device_name == "local");
  CHECK_FALSE(uploads->at(0).active);
  CHECK(uploads->at(1).active);
  CHECK_FALSE(uploads->at(1).size);
  CHECK(fixture.drive->status()->uploads == 2);
}

TEST_CASE("uploads: a cancelled one is gone, and whoever sent it is told") {
  DriveFixture fixture;
  auto idle = fixture.writer(fixture.large("idle", 1000));
  REQUIRE(idle->append(0, pattern(300)));
  const auto idle_id = idle->id();
  idle.reset();
  auto held = fixture.writer(fixture.large("held", 1000));
  REQUIRE(fixture.drive->cancel_upload(fixture.actor, idle_id));
  REQUIRE(fixture.drive->cancel_upload(fixture.actor, held->id()));
  CHECK(held->append(0, pattern(10)).error().code == ErrorCode::kConflict);
  CHECK(fixture.drive->cancel_upload(fixture.actor, idle_id).error().code == ErrorCode::kNotFound);
  CHECK(fixture.drive->uploads(fixture.actor)->empty());
  CHECK(fixture.staged_files() == 0);
}

TEST_CASE("uploads: one that starts over and gets nothing leaves nothing") {
  DriveFixture fixture;
  auto offer = fixture.large("a", 1000);
  auto writer = fixture.writer(offer);
  REQUIRE(writer->append(0, pattern(300)));
  writer.reset();
  offer.start_over = true;
  fixture.writer(offer).reset();
  CHECK(fixture.staged_files() == 0);
  fixture.reopen();
  CHECK(fixture.drive->uploads(fixture.actor)->empty());
}

TEST_CASE("uploads: one that started over is cancelled by its old number while its row still waits to be removed") {
  DriveFixture fixture;
  fixture.options.checkpoint_bytes = 1 << 20;
  fixture.reopen();
  auto offer = fixture.large("a", 1000);
  auto writer = fixture.writer(offer);
  REQUIRE(writer->append(0, pattern(300)));
  const auto id = writer->id();
  writer.reset();
  // What removes rows waits for the disk.
  std::binary_semaphore begun(0);
  std::binary_semaphore go_on(0);
  fixture.files.before_call(Call::kSyncData, 1, [&] {
    begun.release();
    static_cast<void>(go_on.try_acquire_for(std::chrono::seconds(10)));
  });
  const auto other = fixture.writer(fixture.large("other", 4 << 20));
  REQUIRE(other->append(0, pattern(2 << 20)));
  REQUIRE(begun.try_acquire_for(std::chrono::seconds(10)));
  offer.start_over = true;
  writer = fixture.writer(offer);
  const auto cancelled = fixture.drive->cancel_upload(fixture.actor, id);
  go_on.release();
  CHECK(cancelled);
  CHECK(writer->append(0, pattern(10)));
}

TEST_CASE("uploads: one whose content came another way ends with that") {
  DriveFixture fixture;
  const auto content = pattern(1000);
  auto offer = fixture.large("a", 1000);
  auto writer = fixture.writer(offer);
  REQUIRE(writer->append(0, ByteView(content).first(300)));
  writer.reset();
  REQUIRE(fixture.put(fixture.small("b", content)));
  offer.sha256 = sha256(content);
  REQUIRE(fixture.offer(offer)->committed);
  fixture.reopen();
  CHECK(fixture.drive->uploads(fixture.actor)->empty());
  CHECK(fixture.staged_files() == 0);
  CHECK(fixture.content("a") == as_text(content));
}

TEST_CASE("uploads: those of another user can't be cancelled or seen") {
  DriveFixture fixture;
  const auto held = fixture.writer(fixture.large("a", 1000));
  REQUIRE(fixture.drive->accounts().create_user("ann", std::nullopt));
  const auto stranger = fixture.enrol("ann", PublicKey{1});
  CHECK(fixture.drive->cancel_upload(stranger, held->id()).error().code == ErrorCode::kNotFound);
  CHECK(fixture.drive->uploads(stranger)->empty());
}

}  // namespace ndisk::storage
