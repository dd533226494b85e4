#include <sys/resource.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <thread>

#include "storage/object_store.hpp"
#include "storage/table_objects.hpp"
#include "tests/storage/directory_fixture.hpp"
#include "tests/storage/drive_fixture.hpp"

namespace ndisk::storage {
namespace {

// Puts many files at once, so that they form groups; returns how many were committed.
int put_many(DriveFixture& fixture, const std::string& folder, int count) {
  std::vector<std::future<bool>> ends;
  for (int i = 0; i < count; ++i) {
    auto promise = std::make_shared<std::promise<bool>>();  // shared: a completion must be movable, and is called once
    ends.push_back(promise->get_future());
    const auto name = folder + "/" + std::to_string(i);
    fixture.drive->put_small(fixture.actor, fixture.small(name, to_bytes(name)),
                             [promise](Result<Committed> result) { promise->set_value(result.has_value()); });
  }
  return static_cast<int>(std::ranges::count_if(ends, [](auto& end) { return end.get(); }));
}

// Of an upload to "a" that has a row: the catalog's log is full from the link into objects/ on.
void commit_with_unknown_end(DriveFixture& fixture, const Bytes& content) {
  auto writer = fixture.writer(fixture.large("a", content.size()));
  REQUIRE(writer->append(0, content));
  writer.reset();
  writer = fixture.writer(fixture.large("a", content.size()));
  REQUIRE(writer->received() == content.size());
  REQUIRE(fixture.drive->flush_tree());
  rlimit before{};
  REQUIRE(::getrlimit(RLIMIT_FSIZE, &before) == 0);
  const auto old_handler = std::signal(SIGXFSZ, SIG_IGN);
  fixture.files.before_call(Call::kLink, 1, [&] {
    const rlimit low{std::filesystem::file_size(fixture.data("ndisk.db-wal")), before.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &low);
  });
  const auto refused = fixture.commit(std::move(writer), content);
  ::setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, old_handler);
  fixture.files.heal();
  REQUIRE_FALSE(refused);
  REQUIRE(fixture.object_files().size() == 1);
  CHECK(std::filesystem::hard_link_count(fixture.object_files().at(0)) == 1);
}

}  // namespace

TEST_CASE("group: a failed sync answers none of its files as committed, and leaves none") {
  DriveFixture fixture;
  fixture.files.pretend_reliable_syncfs(false);
  fixture.reopen();
  fixture.files.fail_call(Call::kSync, EIO, 1, 1'000'000);
  CHECK(put_many(fixture, "a", 100) == 0);
  fixture.files.heal();
  CHECK(fixture.names().empty());
  CHECK(fixture.object_files().empty());
  CHECK(put_many(fixture, "a", 100) == 100);
  CHECK(fixture.names("a").size() == 100);
}

TEST_CASE("group: a failed sync of the whole file system does the same") {
  DriveFixture fixture;
  fixture.files.pretend_reliable_syncfs(true);
  fixture.reopen();
  // Holds the first group up in its sync of single files, so that the rest gathers behind it.
  fixture.files.fail_call(Call::kSyncFileSystem, EIO, 1, 1'000'000);
  const int committed = put_many(fixture, "a", 400);
  fixture.files.heal();
  const auto listed = committed == 0 ? 0 : static_cast<int>(fixture.names("a").size());
  CHECK(listed == committed);
  CHECK(static_cast<int>(fixture.object_files().size()) == committed);
  CHECK(put_many(fixture, "b", 100) == 100);
}

TEST_CASE("group: names that were made before a sync of their folder failed are not believed") {
  DirectoryFixture fixture;
  ObjectStore store(fixture.files, fixture.directory);
  const auto content = to_bytes("content");
  const auto is_believed = [&](NewObject& object) {
    NewObject* const group[] = {&object};
    return store.persist(group, true).has_value();
  };
  auto first = store.write(1, sha256(content), content, 0);
  auto second = store.write(2, sha256(content), content, 0);
  // The content is synced first.
  fixture.files.fail_call(Call::kSync, EIO, 2);
  CHECK_FALSE(is_believed(*first));
  CHECK_FALSE(is_believed(*second));
  auto third = store.write(3, sha256(content), content, 0);
  CHECK(is_believed(*third));
}

TEST_CASE("group: a lone file waits for nobody and is synced by itself") {
  DriveFixture fixture;
  fixture.files.pretend_reliable_syncfs(true);
  fixture.reopen();
  const auto before = fixture.files.calls(Call::kSyncFileSystem);
  REQUIRE(fixture.put("a", "one"));
  CHECK(fixture.files.calls(Call::kSyncFileSystem) == before);
}

TEST_CASE("full disk: a small file is refused, and the drive stays usable") {
  DriveFixture fixture;
  // The tree's thread, which begins with a look into its own folders, may take the failure that is meant for the file.
  fixture.options.tree = false;
  fixture.reopen();
  for (const auto call : {Call::kOpen, Call::kWrite, Call::kSync}) {
    fixture.files.fail_call(call, ENOSPC);
    const auto refused = fixture.put("a", "one");
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == ErrorCode::kNoSpace);
    fixture.files.heal();
    CHECK(fixture.names().empty());
    CHECK(fixture.object_files().empty());
  }
  REQUIRE(fixture.put("a", "one"));
  CHECK(fixture.content("a") == "one");
}

TEST_CASE("full disk: an upload keeps what came, and goes on when there is room") {
  DriveFixture fixture;
  const auto content = pattern(1000);
  auto writer = fixture.writer(fixture.large("a", 1000));
  REQUIRE(writer->append(0, ByteView(content).first(500)));
  fixture.files.fail_call(Call::kWrite, ENOSPC);
  const auto refused = writer->append(500, ByteView(content).subspan(500));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == ErrorCode::kNoSpace);
  CHECK(writer->received() == 500);
  REQUIRE(writer->append(500, ByteView(content).subspan(500)));
  REQUIRE(fixture.commit(std::move(writer), content));
  CHECK(fixture.content("a") == as_text(content));
}

TEST_CASE("full disk: an upload whose commit fails can be committed later, without sending it again") {
  DriveFixture fixture;
  const auto content = pattern(1000);
  for (const auto call : {Call::kLink, Call::kTruncate}) {
    auto writer = fixture.writer(fixture.large("a", 1000));
    if (writer->received() == 0) REQUIRE(writer->append(0, content));
    writer.reset();
    writer = fixture.writer(fixture.large("a", 1000));
    CHECK(writer->received() == 1000);
    fixture.files.fail_call(call, ENOSPC);
    const auto refused = fixture.commit(std::move(writer), content);
    fixture.files.heal();
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == ErrorCode::kNoSpace);
    CHECK(fixture.object_files().empty());
  }
  auto writer = fixture.writer(fixture.large("a", 1000));
  CHECK(writer->received() == 1000);
  REQUIRE(fixture.commit(std::move(writer), content));
  CHECK(fixture.content("a") == as_text(content));
}

TEST_CASE("disk error: what a failed sync may have lost of an upload is not believed") {
  DriveFixture fixture;
  const auto content = pattern(1000);
  auto writer = fixture.writer(fixture.large("a", 1000));
  REQUIRE(writer->append(0, ByteView(content).first(400)));
  writer.reset();
  writer = fixture.writer(fixture.large("a", 1000));
  REQUIRE(writer->append(400, ByteView(content).first(300)));
  fixture.files.fail_call(Call::kSyncData, EIO);
  writer.reset();
  fixture.files.heal();
  CHECK(fixture.writer(fixture.large("a", 1000))->received() == 400);
}

TEST_CASE("disk error: after a commit that may have succeeded, the upload never writes to the object again") {
  DriveFixture fixture;
  const auto content = pattern(1000);
  commit_with_unknown_end(fixture, content);
  CHECK(fixture.writer(fixture.large("a", 1000))->received() == 0);
  REQUIRE(fixture.upload("a", content));
  CHECK(fixture.content("a") == as_text(content));
}

TEST_CASE("disk error: after a commit that may have succeeded, the upload takes nothing of the quota") {
  DriveFixture fixture;
  commit_with_unknown_end(fixture, pattern(1000));
  const auto staged = [&] { return fixture.drive->accounts().users("", 10)->front().staged; };
  // Its end is another thread's.
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (staged() != 0 && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
  CHECK(staged() == 0);
}

TEST_CASE("disk error: an upload whose name may not have reached the disk is not recorded") {
  DriveFixture fixture;
  auto writer = fixture.writer(fixture.large("a", 1000));
  REQUIRE(writer->append(0, pattern(400)));
  fixture.files.fail_call(Call::kSync, EIO);
  writer.reset();
  fixture.files.heal();
  writer = fixture.writer(fixture.large("a", 1000));
  CHECK(writer->received() == 0);
  // Once it is recorded, its name is there.
  REQUIRE(writer->append(0, pattern(400)));
  writer.reset();
  writer = fixture.writer(fixture.large("a", 1000));
  REQUIRE(writer->append(400, pattern(100)));
  const auto syncs = fixture.files.calls(Call::kSync);
  writer.reset();
  CHECK(fixture.files.calls(Call::kSync) == syncs);
}

TEST_CASE("precondition: an upload that fails it at the commit is not lost") {
  DriveFixture fixture;
  const auto content = pattern(1000);
  auto offer = fixture.large("a", 1000);
  offer.precondition.must_not_exist = true;
  auto writer = fixture.writer(offer);
  REQUIRE(writer->append(0, content));
  REQUIRE(fixture.put("a", "was faster"));
  CHECK(fixture.commit(std::move(writer), content).error().code == ErrorCode::kConflict);
  CHECK(fixture.object_files().size() == 1);
  offer.precondition.must_not_exist = false;
  writer = fixture.writer(offer);
  CHECK(writer->received() == 1000);
  REQUIRE(fixture.commit(std::move(writer), content));
  CHECK(fixture.content("a") == as_text(content));
}

TEST_CASE("object: one that was changed from outside is quarantined, and put again heals it") {
  DriveFixture fixture;
  REQUIRE(fixture.put("a", "content"));
  const auto object = fixture.object_files().at(0);
  std::filesystem::permissions(object, std::filesystem::perms::owner_write, std::filesystem::perm_options::add);
  std::ofstream(object, std::ios::trunc) << "changed";
  CHECK(fixture.content("a") == "error integrity");
  CHECK(fixture.content("a") == "error integrity");
  const auto healed = fixture.put("a", "content");
  REQUIRE(healed);
  CHECK(healed->healed);
  CHECK(fixture.content("a") == "content");
}

TEST_CASE("object: one that is missing is an integrity error, and is not used for equal content") {
  DriveFixture fixture;
  REQUIRE(fixture.put("a", "content"));
  std::filesystem::remove(fixture.object_files().at(0));
  CHECK(fixture.content("a") == "error integrity");
  REQUIRE(fixture.put("b", "content"));
  CHECK(fixture.content("b") == "content");
  CHECK(fixture.content("a") == "content");
}

TEST_CASE("object: that it can't be looked at fails the request, and condemns nothing") {
  DriveFixture fixture;
  REQUIRE(fixture.put("a", "precious"));
  REQUIRE(fixture.drive->flush_tree());
  auto instant = fixture.large("c", 8);
  instant.sha256 = sha256(to_bytes("precious"));
  for (const int error : {ENOMEM, EACCES}) {
    fixture.files.fail_call(Call::kStatus, error);
    CHECK_FALSE(fixture.put("b", "precious"));
    fixture.files.fail_call(Call::kStatus, error);
    CHECK_FALSE(fixture.offer(instant));
    fixture.files.fail_call(Call::kOpen, error);
    CHECK_FALSE(fixture.drive->open_file(fixture.actor, {at("a"), {}}));
    fixture.files.heal();
    CHECK(fixture.content("a") == "precious");
  }
  CHECK(fixture.object_files().size() == 1);
}

TEST_CASE("object: one whose mtime alone is another is read, and believed if its digest is right") {
  DriveFixture fixture;
  REQUIRE(fixture.put("a", "precious"));
  REQUIRE(fixture.drive->flush_tree());
  const auto object = fixture.object_files().at(0);
  std::filesystem::last_write_time(object, std::filesystem::file_time_type::clock::now());
  CHECK(fixture.content("a") == "precious");
  // Recorded: it is not read again.
  const auto reads = fixture.files.calls(Call::kRead);
  REQUIRE(fixture.put("b", "precious"));
  CHECK(fixture.files.calls(Call::kRead) == reads);
  std::filesystem::last_write_time(object, std::filesystem::file_time_type::clock::now());
  REQUIRE(fixture.put("c", "precious"));
  CHECK(fixture.object_files().size() == 1);
}

TEST_CASE("object: content that is gone and can't be marked so is not committed to") {
  DriveFixture fixture;
  REQUIRE(fixture.put("a", "precious"));
  REQUIRE(fixture.drive->flush_tree());
  std::filesystem::remove(fixture.object_files().at(0));
  auto database = Database::open(fixture.data("ndisk.db"), DatabaseMode::kExisting);
  REQUIRE(database);
  (*database)->run("CREATE TRIGGER no_marks BEFORE UPDATE OF state ON objects BEGIN SELECT RAISE(ABORT, 'no'); END");
  REQUIRE_FALSE((*database)->take_error());
  auto instant = fixture.large("c", 8);
  instant.sha256 = sha256(to_bytes("precious"));
  CHECK_FALSE(fixture.put("b", "precious"));
  CHECK_FALSE(fixture.offer(instant));
  (*database)->run("DROP TRIGGER no_marks");
  REQUIRE_FALSE((*database)->take_error());
  REQUIRE(fixture.put("b", "precious"));
  CHECK(fixture.content("b") == "precious");
}

TEST_CASE("object: one with as many references as a file can have links gets a successor") {
  DriveFixture fixture;
  REQUIRE(fixture.put("a", "same"));
  fixture.drive.reset();
  {
    auto database = Database::open(fixture.data("ndisk.db"), DatabaseMode::kExisting);
    REQUIRE(database);
    (*database)->run("UPDATE objects SET refs = ?", kFullRefs - 1);
    REQUIRE_FALSE((*database)->take_error());
  }
  fixture.open();
  REQUIRE(fixture.put("b", "same"));
  CHECK(fixture.object_files().size() == 1);
  REQUIRE(fixture.put("c", "same"));
  CHECK(fixture.object_files().size() == 2);
  REQUIRE(fixture.put("d", "same"));
  CHECK(fixture.object_files().size() == 2);
  CHECK(fixture.content("d") == "same");
}

TEST_CASE("faults: a change that is refused without memory to remove its content is refused, and nothing else ends") {
  const auto nth = GENERATE(1, 2, 3);
  DriveFixture fixture;
  REQUIRE(fixture.drive->accounts().set_quota("owner", 20));
  fixture.files.before_call(Call::kRemoveFile, 1, [] { throw std::bad_alloc(); });
  const auto full = fixture.put("small", std::string(100, 's'));
  REQUIRE_FALSE(full);
  CHECK(full.error().code == ErrorCode::kNoSpace);
  REQUIRE(fixture.drive->accounts().set_quota("owner", std::nullopt));
  const auto content = pattern(300'000);
  auto offer = fixture.large("large", content.size());
  offer.precondition.must_not_exist = true;
  auto answer = fixture.offer(offer);
  REQUIRE(answer);
  REQUIRE(answer->writer);
  REQUIRE(answer->writer->append(0, content));
  REQUIRE(fixture.put("large", "meanwhile"));
  fixture.files.before_call(Call::kRemoveFile, nth, [] { throw std::bad_alloc(); });
  const auto refused = fixture.commit(std::move(answer->writer), content);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == ErrorCode::kConflict);
  fixture.files.heal();
  REQUIRE(fixture.put("small", "small"));
  REQUIRE(fixture.upload("other", content));
  fixture.drive.reset();
  fixture.open();
  REQUIRE(fixture.drive->collect());
  CHECK(fixture.content("large") == "meanwhile");
  CHECK(fixture.content("small") == "small");
  CHECK(fixture.content("other") == as_text(content));
}

}  // namespace ndisk::storage
