#include <sys/stat.h>

#include "storage/object_hold.hpp"
#include "tests/storage/backup_fixture.hpp"

namespace ndisk::storage {
namespace {

namespace fs = std::filesystem;

ino_t inode(const std::string& path) {
  struct stat found {};
  REQUIRE(::stat(path.c_str(), &found) == 0);
  return found.st_ino;
}

}  // namespace

TEST_CASE("backup: what is served from it is what the drive had") {
  BackupFixture fixture;
  REQUIRE(fixture.put("a/one", "1"));
  REQUIRE(fixture.put("two", "2"));
  const auto report = fixture.must_back_up();
  CHECK(report.objects == 2);
  CHECK(report.linked == 2);
  CHECK(report.bytes == 2);
  REQUIRE(fixture.put("later", "3"));
  CHECK(fixture.restored() == std::vector<std::string>{"a/one=1", "two=2"});
}

TEST_CASE("backup: a drive that nobody serves is backed up, and stays as it was") {
  BackupFixture fixture;
  REQUIRE(fixture.put("one", "1"));
  fixture.drive.reset();
  fixture.must_back_up();
  CHECK(fixture.restored() == std::vector<std::string>{"one=1"});
  fixture.open();
  CHECK(fixture.content("one") == "1");
}

TEST_CASE("backup: links are hard links, copies are files of their own") {
  BackupFixture fixture;
  REQUIRE(fixture.put("one", "1"));
  fixture.must_back_up();
  CHECK(inode(fixture.backed_up_objects().at(0)) == inode(fixture.object_files().at(0)));
  fixture.to.destination += "-copied";
  fixture.to.copy = true;
  const auto report = fixture.must_back_up();
  CHECK(report.copied == 1);
  CHECK(report.linked == 0);
  const auto copy = fixture.backed_up_objects().at(0);
  CHECK(inode(copy) != inode(fixture.object_files().at(0)));
  CHECK((fs::status(copy).permissions() & fs::perms::mask) == fs::perms(0444));
  CHECK(fs::last_write_time(copy) == fs::last_write_time(fixture.object_files().at(0)));
  CHECK(fixture.restored() == std::vector<std::string>{"one=1"});
}

TEST_CASE("backup: where links are impossible, it copies") {
  const auto error = GENERATE(EXDEV, EMLINK, EPERM, EOPNOTSUPP);
  BackupFixture fixture;
  REQUIRE(fixture.put("one", "1"));
  fixture.disk.fail_call(Call::kLink, error, 1, 9);
  CHECK(fixture.must_back_up().copied == 1);
  CHECK(fixture.restored() == std::vector<std::string>{"one=1"});
}

TEST_CASE("backup: the second one brings what is missing and removes what is gone") {
  BackupFixture fixture;
  fixture.to.copy = true;
  REQUIRE(fixture.put("one", "1"));
  fixture.must_back_up();
  const auto before = inode(fixture.backed_up_objects().at(0));
  REQUIRE(fixture.put("two", "2"));
  fixture.must_back_up();
  REQUIRE(fixture.put("three", "3"));
  REQUIRE(wait_for<std::uint64_t>(
      [&](auto done) { fixture.drive->remove(fixture.actor, random_bytes<16>(), at("two"), false, std::move(done)); }));
  REQUIRE(wait_for<Emptied>([&](auto done) {
    fixture.drive->empty_trash(fixture.actor, {random_bytes<16>(), {}, {}}, std::move(done));
  }));
  REQUIRE(fixture.drive->collect());
  const auto report = fixture.must_back_up();
  CHECK(report.objects == 2);
  CHECK(report.copied == 1);
  CHECK(report.removed == 1);
  CHECK(fixture.backed_up_objects().size() == 2);
  std::vector<ino_t> kept;
  for (const auto& path : fixture.backed_up_objects()) kept.push_back(inode(path));
  CHECK(std::ranges::find(kept, before) != kept.end());
  CHECK(fixture.restored() == std::vector<std::string>{"one=1", "three=3"});
}

TEST_CASE("backup: history and trash come with it") {
  BackupFixture fixture;
  REQUIRE(fixture.put("one", "old"));
  REQUIRE(fixture.put("one", "new"));
  REQUIRE(fixture.put("gone", "x"));
  REQUIRE(wait_for<std::uint64_t>([&](auto done) {
    fixture.drive->remove(fixture.actor, random_bytes<16>(), at("gone"), false, std::move(done));
  }));
  CHECK(fixture.must_back_up().objects == 3);
  DriveFixture other(fixture.to.destination);
  const auto versions = other.drive->versions(other.actor, at("one"), 0, 10);
  REQUIRE(versions);
  REQUIRE(versions->size() == 2);
  CHECK(other.content(OpenTarget{at("one"), (*versions)[1].version}) == "old");
  const auto trash = other.drive->trash(other.actor, 0, 10);
  REQUIRE(trash);
  CHECK(trash->size() == 1);
}

TEST_CASE("backup: as a drive it makes a tree, and has no uploads under way") {
  BackupFixture fixture;
  REQUIRE(fixture.put("a/one", "1"));
  const auto content = pattern(3 << 20);
  fixture.options.checkpoint_bytes = 1 << 20;
  fixture.reopen();
  {
    auto writer = fixture.writer(fixture.large("big", content.size()));
    REQUIRE(writer->append(0, ByteView(content).first(2 << 20)));
  }
  fixture.must_back_up();
  CHECK_FALSE(fs::exists(fixture.backed_up("staging")));
  CHECK_FALSE(fs::exists(fixture.backed_up("tree")));
  DriveFixture other(fixture.to.destination);
  REQUIRE(other.drive->flush_tree());
  CHECK(DriveFixture::read_file(fixture.backed_up("tree/owner/a/one")) == "1");
  const auto uploads = other.drive->uploads(other.actor);
  REQUIRE(uploads);
  CHECK(uploads->empty());
}

TEST_CASE("backup: an invite that nobody used does not come back with it") {
  BackupFixture fixture;
  const auto token = fixture.drive->accounts().create_invite("owner");
  REQUIRE(token);
  fixture.must_back_up();
  DriveFixture other(fixture.to.destination);
  const auto enrolled = other.drive->accounts().enrol(*token, random_bytes<32>(), "thief");
  REQUIRE_FALSE(enrolled);
  CHECK(enrolled.error().code == ErrorCode::kNotAllowed);
  const auto is_new = other.drive->accounts().is_new();
  REQUIRE(is_new);
  CHECK_FALSE(*is_new);
}

TEST_CASE("backup: folders of the front end come with it, and are not replaced by others") {
  BackupFixture fixture;
  fs::create_directory(fixture.data("tls"));
  std::ofstream(fixture.data("tls/key.pem")) << "secret";
  fixture.to.folders = {"tls", "absent"};
  fixture.must_back_up();
  CHECK(DriveFixture::read_file(fixture.backed_up("tls/key.pem")) == "secret");
  CHECK((fs::status(fixture.backed_up("tls/key.pem")).permissions() & fs::perms::mask) == fs::perms(0600));
  CHECK((fs::status(fixture.backed_up("tls")).permissions() & fs::perms::mask) == fs::perms(0700));
  fixture.must_back_up();
  overwrite(fixture.data("tls/key.pem"), "another");
  const auto refused = fixture.back_up();
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == ErrorCode::kConflict);
  CHECK(DriveFixture::read_file(fixture.backed_up("tls/key.pem")) == "secret");
}

TEST_CASE("backup: only its owner may look into it") {
  BackupFixture fixture;
  fixture.must_back_up();
  CHECK((fs::status(fixture.to.destination).permissions() & fs::perms::mask) == fs::perms(0700));
  CHECK((fs::status(fixture.backed_up("ndisk.db")).permissions() & fs::perms::mask) == fs::perms(0600));
}

TEST_CASE("backup: while one reads, the collector frees nothing") {
  BackupFixture fixture;
  REQUIRE(fixture.put("gone", "x"));
  bool collected = false;
  fixture.to.on_progress = [&](std::string_view, std::uint64_t, std::uint64_t) {
    if (std::exchange(collected, true)) return;
    REQUIRE(wait_for<std::uint64_t>([&](auto done) {
      fixture.drive->remove(fixture.actor, random_bytes<16>(), at("gone"), false, std::move(done));
    }));
    REQUIRE(wait_for<Emptied>([&](auto done) {
      fixture.drive->empty_trash(fixture.actor, {random_bytes<16>(), {}, {}}, std::move(done));
    }));
    const auto report = fixture.drive->collect();
    REQUIRE(report);
    CHECK(report->objects == 0);
    CHECK(report->held_up);
    CHECK(fixture.object_files().size() == 1);
  };
  fixture.must_back_up();
  CHECK(collected);
  CHECK(fixture.restored() == std::vector<std::string>{"gone=x"});
  const auto report = fixture.drive->collect();
  REQUIRE(report);
  CHECK(report->objects == 1);
  CHECK_FALSE(report->held_up);
}

TEST_CASE("backup: one that waits for a step of the collector comes before the next step") {
  BackupFixture fixture;
  const Fd objects(::open(fixture.data("objects").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  REQUIRE(objects.is_open());
  auto step = ObjectHold::try_take(fixture.files, objects.get());
  REQUIRE(step);
  REQUIRE(*step);
  std::promise<void> waits;
  fixture.disk.before_call(Call::kLock, 2, [&] { waits.set_value(); });
  auto backup =
      std::async(std::launch::async, [&] { return ObjectHold::take(fixture.disk, objects.get()).has_value(); });
  waits.get_future().wait();
  step->reset();
  const auto next = ObjectHold::try_take(fixture.files, objects.get());
  REQUIRE(next);
  CHECK_FALSE(*next);
  CHECK(backup.get());
}

TEST_CASE("backup: a server that stops at any moment of one, or starts anew and goes on, is none of its business") {
  const bool goes_on = GENERATE(false, true);
  int moments = 0;
  for (const auto call : {Call::kOpen, Call::kStatus, Call::kLock, Call::kVisit, Call::kSync, Call::kRename}) {
    bool was_stopped = true;
    for (int nth = 1; was_stopped; nth *= 2) {
      BackupFixture fixture;
      REQUIRE(fixture.put("one", "1"));
      was_stopped = false;
      fixture.disk.before_call(call, nth, [&] {
        was_stopped = true;
        fixture.drive.reset();
        if (!goes_on) return;
        fixture.open();
        REQUIRE(fixture.put("two", "2"));
      });
      INFO(static_cast<int>(call) << " number " << nth);
      fixture.must_back_up();
      const auto restored = fixture.restored();
      const bool has_newer = goes_on && restored.size() == 2;
      CHECK(restored == (has_newer ? std::vector<std::string>{"one=1", "two=2"} : std::vector<std::string>{"one=1"}));
      fixture.reopen();
      CHECK(fixture.content("one") == "1");
      moments += was_stopped;
    }
  }
  CHECK(moments > 20);
}

TEST_CASE("backup: two at a time are refused") {
  BackupFixture fixture;
  REQUIRE(fixture.put("one", "1"));
  std::optional<ErrorCode> second;
  fixture.to.on_progress = [&](std::string_view, std::uint64_t, std::uint64_t) {
    BackUpOptions other;
    other.data_directory = fixture.to.data_directory;
    other.destination = fixture.to.destination;
    const auto refused = back_up(other, fixture.disk);
    second = refused ? ErrorCode::kInternal : refused.error().code;
  };
  fixture.must_back_up();
  CHECK(second == ErrorCode::kConflict);
}

}  // namespace ndisk::storage
