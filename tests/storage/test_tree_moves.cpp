#include <sys/stat.h>

#include <cerrno>
#include <chrono>
#include <future>
#include <random>
#include <semaphore>
#include <thread>

#include "tests/storage/crash_copy.hpp"
#include "tests/storage/namespace_fixture.hpp"
#include "tests/storage/tree_check.hpp"

namespace ndisk::storage {
namespace {

namespace fs = std::filesystem;

ino_t inode(const std::string& path) {
  struct stat status {};
  return ::lstat(path.c_str(), &status) == 0 ? status.st_ino : 0;
}

// The drive goes on with what a crash now would leave.
void crash(NamespaceFixture& fixture, const std::string& name) {
  const auto copy = fixture.folder.path() + "/" + name;
  copy_as_after_crash(fixture.options.data_directory, copy);
  fixture.drive.reset();
  fixture.files.heal();
  fixture.options.data_directory = copy;
  fixture.open();
}

// The tree's thread makes this call once more. It syncs when nothing has happened for a moment.
bool happens(const FaultyFileLayer& files, Call call, int before) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (files.calls(call) == before && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
  return files.calls(call) > before;
}

// As if the power went and no name had been written since the sync failed.
void lose_tree(NamespaceFixture& fixture) {
  fixture.drive.reset();
  fs::remove_all(fixture.data("tree/owner"));
  fixture.files.heal();
  fixture.open();
}

// Puts an older catalog in the place of the one that is there, and says that this is meant.
void go_back(NamespaceFixture& fixture) {
  fs::copy_file(fixture.folder.path() + "/backup", fixture.data("ndisk.db"), fs::copy_options::overwrite_existing);
  std::vector<fs::path> notes;
  for (const auto& entry : fs::directory_iterator(fixture.options.data_directory)) {
    if (entry.path().filename().string().starts_with("catalog-epoch.")) notes.push_back(entry.path());
  }
  REQUIRE(notes.size() == 1);
  fs::remove(notes.front());
}

}  // namespace

TEST_CASE("tree: a folder that is moved is moved there too, not made anew") {
  NamespaceFixture fixture;
  REQUIRE(fixture.put("a/b/c", "one"));
  REQUIRE(fixture.make_folder("z"));
  REQUIRE(fixture.drive->flush_tree());
  const auto folder = inode(in_tree(fixture, "a/b"));
  REQUIRE(fixture.move("a/b", "z"));
  check_tree(fixture);
  CHECK(inode(in_tree(fixture, "z/b")) == folder);
}

TEST_CASE("tree: a file that is moved or replaced by a move is shown so") {
  NamespaceFixture fixture;
  REQUIRE(fixture.put("a", "one"));
  REQUIRE(fixture.put("d/b", "two"));
  REQUIRE(fixture.move("a", "d/b"));
  check_tree(fixture);
  CHECK(fs::hard_link_count(in_tree(fixture, "d/b")) == 2);
}

TEST_CASE("tree: a copy is shown, with its empty folders") {
  NamespaceFixture fixture;
  REQUIRE(fixture.put("a/b/c", "one"));
  REQUIRE(fixture.make_folder("a/empty"));
  REQUIRE(fixture.put("z/a/b/c", "two"));
  REQUIRE(fixture.copy("a", "y", true));
  REQUIRE(fixture.copy("a", "z", true));
  check_tree(fixture);
}

TEST_CASE("tree: a link leaves the file's name free, moved or put, and is not shown itself") {
  NamespaceFixture fixture;
  REQUIRE(fixture.put("a", "file"));
  REQUIRE(fixture.put("b", "file too"));
  REQUIRE(fixture.put_link("a", "b"));
  REQUIRE(fixture.put_link("only/link", "b"));
  check_tree(fixture);
  REQUIRE(fixture.move("only/link", "b"));
  REQUIRE(fixture.copy("b", "copied"));
  check_tree(fixture);
  REQUIRE(fixture.put("b", "file again"));
  check_tree(fixture);
}

TEST_CASE("tree: a link that comes back from the trash brings the folders that hold it") {
  NamespaceFixture fixture;
  REQUIRE(fixture.put_link("p/q/link", "target"));
  REQUIRE(fixture.remove("p/q/link", true));
  const auto items = fixture.drive->trash(fixture.actor, 0, 1);
  REQUIRE(items);
  REQUIRE(fixture.remove("p", true));
  REQUIRE(wait_for<Placed>([&](auto done) {
    fixture.drive->restore_trash(fixture.actor, random_bytes<16>(), items->at(0).id, std::nullopt, std::move(done));
  }));
  check_tree(fixture);
}

TEST_CASE("tree: made anew, it has no links and all the folders") {
  NamespaceFixture fixture;
  REQUIRE(fixture.put("d/file", "1"));
  REQUIRE(fixture.put_link("d/link", "file"));
  REQUIRE(fixture.put_link("only/link", "file"));
  fixture.options.tree = false;
  fixture.reopen();
  fixture.options.tree = true;
  fixture.reopen();
  check_tree(fixture);
}

TEST_CASE("tree: what was planted where a folder moves to gives way") {
  NamespaceFixture fixture;
  REQUIRE(fixture.put("a/file", "1"));
  REQUIRE(fixture.drive->flush_tree());
  for (const std::string planted : {"file", "folder", "link"}) {
    const auto target = "to-" + planted;
    if (planted == "file") std::ofstream(in_tree(fixture, target)) << "planted";
    if (planted == "folder") fs::create_directories(in_tree(fixture, target + "/inner"));
    if (planted == "link") fs::create_symlink(fixture.folder.path(), in_tree(fixture, target));
    REQUIRE(fixture.move("a", target));
    check_tree(fixture);
    REQUIRE(fixture.move(target, "a"));
    check_tree(fixture);
  }
  CHECK(fs::is_empty(fixture.data("tree-removed")));
}

TEST_CASE("tree: a move is not followed through a planted link") {
  NamespaceFixture fixture;
  const auto outside = fixture.folder.path() + "/outside";
  fs::create_directories(outside + "/a");
  REQUIRE(fixture.put("d/a/file", "1"));
  REQUIRE(fixture.drive->flush_tree());
  fs::remove_all(in_tree(fixture, "d"));
  fs::create_symlink(outside, in_tree(fixture, "d"));
  REQUIRE(fixture.move("d/a", "b"));
  REQUIRE(fixture.drive->flush_tree());
  CHECK(fs::is_directory(outside + "/a"));
  CHECK_FALSE(fs::exists(in_tree(fixture, "b")));
}

TEST_CASE("tree: after a crash a move is not done twice to what took the first name since") {
  NamespaceFixture fixture;
  REQUIRE(fixture.put("a/file", "first"));
  // What came before the move is forgotten: it can't be repeated.
  fixture.reopen();
  REQUIRE(fixture.move("a", "b"));
  REQUIRE(fixture.put("a/file", "second"));
  REQUIRE(fixture.drive->flush_tree());
  crash(fixture, "after");
  CHECK(fixture.content("b/file") == "first");
  check_tree(fixture);
}

TEST_CASE("tree: a crash at any moment of a move is made good") {
  for (int nth = 1;; ++nth) {
    INFO("before rename " << nth);
    NamespaceFixture fixture;
    REQUIRE(fixture.put("a/file", "first"));
    REQUIRE(fixture.put("c/d/old", "other"));
    fixture.reopen();
    const auto copy = fixture.folder.path() + "/crashed";
    fixture.files.before_call(Call::kRename, nth, [&] { copy_as_after_crash(fixture.options.data_directory, copy); });
    const auto change = [&](const auto& result) {
      REQUIRE(result);
      REQUIRE(fixture.drive->flush_tree());
    };
    change(fixture.put("a/more", "more"));
    change(fixture.move("a", "b"));
    change(fixture.put("a/file", "second"));
    change(fixture.move("c/d", "a"));
    change(fixture.remove("b", true));
    change(fixture.move("a", "b"));
    fixture.files.heal();
    if (!fs::exists(copy)) break;
    REQUIRE(nth < 20);
    fixture.drive.reset();
    fixture.options.data_directory = copy;
    fixture.open();
    check_tree(fixture);
    REQUIRE(fixture.put("after", "the crash"));
    check_tree(fixture);
  }
}

TEST_CASE("tree: a move waits for a disk that fails, and is done once") {
  NamespaceFixture fixture;
  REQUIRE(fixture.put("a/file", "first"));
  REQUIRE(fixture.drive->flush_tree());
  fixture.files.fail_call(Call::kRename, EIO, 1, 1'000'000);
  REQUIRE(fixture.move("a", "b"));
  CHECK(outcome(fixture.drive->flush_tree()) == "io");
  fixture.files.heal();
  REQUIRE(fixture.put("a/file", "second"));
  REQUIRE(fixture.drive->flush_tree());
  check_tree(fixture);
}

TEST_CASE("tree: one that is ahead of a catalog from a backup is made anew") {
  NamespaceFixture fixture;
  REQUIRE(fixture.put("a/file", "first"));
  REQUIRE(fixture.drive->flush_tree());
  fixture.drive.reset();
  fs::copy_file(fixture.data("ndisk.db"), fixture.folder.path() + "/backup");
  fixture.open();
  REQUIRE(fixture.move("a", "b"));
  REQUIRE(fixture.put("b/more", "later"));
  REQUIRE(fixture.drive->flush_tree());
  fixture.drive.reset();
  go_back(fixture);
  fixture.open();
  CHECK(fixture.names("", true) == std::vector<std::string>{"a/", "a/file"});
  check_tree(fixture);
  REQUIRE(fixture.move("a", "c"));
  fixture.reopen();
  check_tree(fixture);
}

TEST_CASE("tree: a crash while one that is ahead of its catalog is made anew is made good") {
  NamespaceFixture fixture;
  for (const auto* path : {"a/1", "a/2", "a/3", "a/4"}) REQUIRE(fixture.put(path, path));
  REQUIRE(fixture.drive->flush_tree());
  fixture.drive.reset();
  fs::copy_file(fixture.data("ndisk.db"), fixture.folder.path() + "/backup");
  fixture.open();
  REQUIRE(fixture.move("a", "b"));
  REQUIRE(fixture.move("b", "c"));
  REQUIRE(fixture.drive->flush_tree());
  fixture.drive.reset();
  go_back(fixture);
  const auto copy = fixture.folder.path() + "/crashed";
  // The catalog has what makes the tree; the number of what was done is still there.
  fixture.files.before_call(Call::kRemoveFile, 1, [&] { copy_as_after_crash(fixture.options.data_directory, copy); });
  fixture.open();
  REQUIRE(fs::exists(copy));
  fixture.drive.reset();
  fixture.options.data_directory = copy;
  fixture.open();
  check_tree(fixture);
}

TEST_CASE("tree: who waits for it does not any more when long work is to end, and it goes on") {
  NamespaceFixture fixture;
  REQUIRE(fixture.put("a/file", "first"));
  REQUIRE(fixture.drive->flush_tree());
  std::binary_semaphore go_on(0);
  fixture.files.before_call(Call::kRename, 1, [&] { go_on.acquire(); });
  REQUIRE(fixture.move("a", "b"));
  auto waiting = std::async(std::launch::async, [&] { return fixture.drive->flush_tree(); });
  fixture.drive->end_long_work();
  const auto waited = waiting.get();
  go_on.release();
  REQUIRE_FALSE(waited);
  CHECK(waited.error().code == ErrorCode::kShuttingDown);
  fixture.drive->close();
  fixture.open();
  check_tree(fixture);
}

TEST_CASE("tree: moves whose sync failed are not believed by the next start") {
  NamespaceFixture fixture;
  fixture.files.fail_call(Call::kSyncFileSystem, EIO, 1, 1'000'000);
  REQUIRE(fixture.put("a/file", "first"));
  REQUIRE(fixture.move("a", "b"));
  REQUIRE(fixture.drive->flush_tree());
  lose_tree(fixture);
  check_tree(fixture);
}

TEST_CASE("tree: moves whose sync failed are not believed, though it could not be noted at once") {
  NamespaceFixture fixture;
  REQUIRE(fixture.put("a/file", "first"));
  REQUIRE(fixture.move("a", "b"));
  REQUIRE(fixture.drive->flush_tree());
  fixture.files.fail_call(Call::kRename, EIO);
  const auto before = fixture.files.calls(Call::kRename);
  fixture.files.fail_call(Call::kSyncFileSystem, EIO, 1, 1'000'000);
  REQUIRE(happens(fixture.files, Call::kRename, before));
  lose_tree(fixture);
  check_tree(fixture);
}

TEST_CASE("tree: a move after a sync that failed does not vouch for what was lost before it") {
  NamespaceFixture fixture;
  fixture.files.fail_call(Call::kSyncFileSystem, EIO, 1, 1'000'000);
  const auto before = fixture.files.calls(Call::kSyncFileSystem);
  REQUIRE(fixture.put("a/file", "first"));
  REQUIRE(fixture.drive->flush_tree());
  REQUIRE(happens(fixture.files, Call::kSyncFileSystem, before));
  REQUIRE(fixture.move("a", "b"));
  REQUIRE(fixture.drive->flush_tree());
  lose_tree(fixture);
  check_tree(fixture);
}

TEST_CASE("tree: follows any sequence of changes through any crash") {
  const auto seed = GENERATE(1u, 2u, 3u, 4u, 5u, 6u);
  INFO("seed " << seed);
  std::mt19937 random(seed);
  NamespaceFixture fixture;
  const std::vector<std::string> names = {"a", "b", "a/a", "a/b", "b/a", "b/b", "a/a/b", "b/a/b"};
  const auto any = [&] { return names[random() % names.size()]; };
  int crashes = 0;
  for (int step = 0; step < 150; ++step) {
    // Most are refused, as they may be.
    switch (random() % 10) {
      case 0:
      case 1:
      case 2: (void)fixture.put(any(), "content " + std::to_string(step)); break;
      case 3: (void)fixture.put_link(any(), "target"); break;
      case 4:
      case 5:
      case 6: (void)fixture.move(NamespaceFixture::exactly(any(), any())); break;
      case 7: (void)fixture.copy(any(), any(), true); break;
      case 8: (void)fixture.make_folder(any()); break;
      case 9: (void)fixture.remove(any(), true); break;
    }
    const auto what = random() % 15;
    if (what == 0) REQUIRE(fixture.drive->flush_tree());
    if (what == 1) fixture.reopen();
    if (what == 2) {
      REQUIRE(fixture.drive->flush_tree());
      crash(fixture, "crash-" + std::to_string(++crashes));
    }
    if (what < 3) check_tree(fixture);
  }
  check_tree(fixture);
  check_totals(fixture);
}

}  // namespace ndisk::storage
