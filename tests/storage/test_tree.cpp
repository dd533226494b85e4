#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

#include "storage/catalog.hpp"
#include "storage/table_outbox.hpp"
#include "storage/tree_folder.hpp"
#include "tests/storage/drive_fixture.hpp"

namespace ndisk::storage {
namespace {

namespace fs = std::filesystem;

std::string in_tree(const DriveFixture& fixture, const std::string& path) { return fixture.data("tree/owner/" + path); }

std::string tree_content(const DriveFixture& fixture, const std::string& path) {
  REQUIRE(fixture.drive->flush_tree());
  if (!fs::is_regular_file(fs::symlink_status(in_tree(fixture, path)))) return "no file";
  return DriveFixture::read_file(in_tree(fixture, path));
}

// In the catalog, while no drive has it open.
std::int64_t outbox_entries(const DriveFixture& fixture, const std::string& path) {
  auto database = Database::open(fixture.data("ndisk.db"), DatabaseMode::kExisting);
  REQUIRE(database);
  auto query = (*database)->query("SELECT count(*) FROM outbox WHERE path = ?", as_bytes(path));
  REQUIRE(query.step());
  return query.integer(0);
}

}  // namespace

TEST_CASE("tree: shows every file under its name, by a link to its object") {
  DriveFixture fixture;
  REQUIRE(fixture.put("music/a b\n.mp3", "song"));
  REQUIRE(fixture.upload("big", pattern(100'000)));
  CHECK(tree_content(fixture, "music/a b\n.mp3") == "song");
  CHECK(tree_content(fixture, "big").size() == 100'000);
  CHECK(fs::hard_link_count(in_tree(fixture, "music/a b\n.mp3")) == 2);
}

TEST_CASE("tree: follows replacing, removing and folders") {
  DriveFixture fixture;
  REQUIRE(fixture.put("a", "one"));
  REQUIRE(fixture.put("a", "two"));
  CHECK(tree_content(fixture, "a") == "two");
  REQUIRE(fixture.put("d/e/f", "deep"));
  REQUIRE(fixture.make_folder("empty"));
  REQUIRE(fixture.drive->flush_tree());
  CHECK(fs::is_directory(in_tree(fixture, "empty")));
  REQUIRE(fixture.remove("d", true));
  REQUIRE(fixture.remove("a"));
  REQUIRE(fixture.drive->flush_tree());
  CHECK_FALSE(fs::exists(in_tree(fixture, "d")));
  CHECK_FALSE(fs::exists(in_tree(fixture, "a")));
}

TEST_CASE("tree: a file becomes a folder and a folder a file") {
  DriveFixture fixture;
  REQUIRE(fixture.put("a", "file"));
  REQUIRE(fixture.remove("a"));
  REQUIRE(fixture.put("a/b", "below"));
  CHECK(tree_content(fixture, "a/b") == "below");
  REQUIRE(fixture.remove("a", true));
  REQUIRE(fixture.put("a", "file again"));
  CHECK(tree_content(fixture, "a") == "file again");
}

TEST_CASE("tree: what somebody planted is not followed and gives way") {
  DriveFixture fixture;
  REQUIRE(fixture.put("d/first", "1"));
  REQUIRE(fixture.drive->flush_tree());
  const auto outside = fixture.folder.path() + "/outside";
  fs::create_directory(outside);
  std::ofstream(outside + "/victim") << "precious";
  fs::create_symlink(outside, in_tree(fixture, "link"));
  fs::create_symlink(outside + "/victim", in_tree(fixture, "d/victim"));
  fs::create_directory(in_tree(fixture, "folder"));
  std::ofstream(in_tree(fixture, "folder/planted")) << "planted";
  REQUIRE(fixture.put("link/victim", "mine"));
  REQUIRE(fixture.put("d/victim", "mine too"));
  REQUIRE(fixture.put("folder", "a file"));
  CHECK(tree_content(fixture, "link/victim") == "mine");
  CHECK(tree_content(fixture, "d/victim") == "mine too");
  CHECK(tree_content(fixture, "folder") == "a file");
  CHECK(DriveFixture::read_file(outside + "/victim") == "precious");
}

TEST_CASE("tree: what was planted in place of a user's folder gives way") {
  DriveFixture fixture;
  const auto outside = fixture.folder.path() + "/outside";
  fs::create_directory(outside);
  for (const bool link : {true, false}) {
    REQUIRE(fixture.drive->flush_tree());
    fixture.drive.reset();
    fs::remove_all(fixture.data("tree/owner"));
    if (link) {
      fs::create_symlink(outside, fixture.data("tree/owner"));
    } else {
      std::ofstream(fixture.data("tree/owner")) << "in the way";
    }
    fixture.open();
    const std::string name = link ? "a" : "b";
    REQUIRE(fixture.put(name, "mine"));
    CHECK(tree_content(fixture, name) == "mine");
  }
  CHECK(fs::is_empty(outside));
}

TEST_CASE("tree: what gave way is removed at once, and staging shows uploads only") {
  DriveFixture fixture;
  REQUIRE(fixture.put("d/first", "1"));
  REQUIRE(fixture.drive->flush_tree());
  fs::create_directory(in_tree(fixture, "folder"));
  std::ofstream(in_tree(fixture, "folder/planted")) << "planted";
  std::ofstream(in_tree(fixture, "file")) << "planted";
  REQUIRE(fixture.put("folder", "a file"));
  REQUIRE(fixture.put("file/below", "a file"));
  REQUIRE(fixture.put("d/first", "2"));
  CHECK(tree_content(fixture, "file/below") == "a file");
  CHECK(fs::is_empty(fixture.data("tree-removed")));
  CHECK(fs::is_empty(fixture.data("staging")));
}

TEST_CASE("tree: a long copy ends soon when it is to stop") {
  const TemporaryFolder folder;
  FaultyFileLayer files;
  for (const char* name : {"objects", "graves", "tree"}) fs::create_directory(folder.path() + "/" + name);
  std::ofstream(folder.path() + "/objects/big") << as_text(pattern(4 << 20));
  const auto open = [&](const char* name) {
    auto opened = files.open(AT_FDCWD, folder.path() + "/" + name, O_RDONLY | O_DIRECTORY, 0);
    REQUIRE(opened);
    return std::move(*opened);
  };
  const auto objects = open("objects");
  const auto graves = open("graves");
  TreeGrave grave(files, graves.get());
  TreeFolder tree(files, objects.get(), grave, open("tree"));
  files.fail_call(Call::kLink, EMLINK, 1, 2);
  files.before_call(Call::kRead, 2, [&] { grave.stop(); });
  const auto linked = tree.link("big", "big");
  REQUIRE_FALSE(linked);
  CHECK(linked.error().number == ECANCELED);
  CHECK(files.calls(Call::kRead) == 2);
  const auto emptied = grave.empty();
  REQUIRE_FALSE(emptied);
  CHECK(emptied.error().number == ECANCELED);
}

TEST_CASE("tree: a file whose object could not be looked at for want of files is linked by the next try") {
  const TemporaryFolder folder;
  FaultyFileLayer files;
  for (const char* name : {"objects", "objects/ab", "graves", "tree"}) {
    fs::create_directory(folder.path() + "/" + name);
  }
  std::ofstream(folder.path() + "/objects/ab/one") << "content";
  const auto open = [&](const char* name) {
    auto opened = files.open(AT_FDCWD, folder.path() + "/" + name, O_RDONLY | O_DIRECTORY, 0);
    REQUIRE(opened);
    return std::move(*opened);
  };
  const auto objects = open("objects");
  const auto graves = open("graves");
  TreeGrave grave(files, graves.get());
  TreeFolder tree(files, objects.get(), grave, open("tree"));
  REQUIRE(tree.link("d/a", "ab/one"));
  fs::remove_all(folder.path() + "/tree/d");
  files.fail_call(Call::kStatus, EMFILE);
  const auto linked = tree.link("d/b", "ab/one");
  REQUIRE_FALSE(linked);
  CHECK(linked.error().number == EMFILE);
  REQUIRE(tree.link("d/b", "ab/one"));
  CHECK(fs::exists(folder.path() + "/tree/d/b"));
  CHECK(tree.link("d/c", "ab/none"));
}

TEST_CASE("tree: removing a folder does not reach through a planted link") {
  DriveFixture fixture;
  const auto outside = fixture.folder.path() + "/outside";
  fs::create_directory(outside);
  std::ofstream(outside + "/victim") << "precious";
  REQUIRE(fixture.put("d/file", "1"));
  REQUIRE(fixture.drive->flush_tree());
  fs::create_symlink(outside, in_tree(fixture, "d/link"));
  REQUIRE(fixture.remove("d", true));
  REQUIRE(fixture.drive->flush_tree());
  CHECK_FALSE(fs::exists(in_tree(fixture, "d")));
  CHECK(DriveFixture::read_file(outside + "/victim") == "precious");
}

TEST_CASE("tree: what somebody removed from it comes back with the next change") {
  DriveFixture fixture;
  REQUIRE(fixture.put("d/a", "1"));
  REQUIRE(fixture.drive->flush_tree());
  fs::remove_all(in_tree(fixture, "d"));
  REQUIRE(fixture.put("d/b", "2"));
  CHECK(tree_content(fixture, "d/b") == "2");
}

TEST_CASE("tree: what a stopped server did not get to is done at the next start") {
  DriveFixture fixture;
  REQUIRE(fixture.drive->flush_tree());
  fixture.files.fail_call(Call::kLink, ENOSPC, 1, 1'000'000);
  REQUIRE(fixture.put("a", "one"));
  CHECK(fixture.drive->flush_tree().error().code == ErrorCode::kNoSpace);
  fixture.drive.reset();
  fixture.files.heal();
  CHECK_FALSE(fs::exists(in_tree(fixture, "a")));
  fixture.open();
  CHECK(tree_content(fixture, "a") == "one");
}

TEST_CASE("tree: whoever waits for it learns at once what is so now, not at the end of a pause") {
  DriveFixture fixture;
  REQUIRE(fixture.drive->flush_tree());
  for (int time = 0; time < 4; ++time) {
    const auto name = "file-" + std::to_string(time);
    fixture.files.fail_call(Call::kLink, EIO, 1, 1'000'000);
    REQUIRE(fixture.put(name, name));
    // Each of these tries, and makes the next pause longer.
    for (int again = 0; again < 3; ++again) CHECK(fixture.drive->flush_tree().error().code == ErrorCode::kIo);
    fixture.files.heal();
    REQUIRE(fixture.drive->flush_tree());
    CHECK(DriveFixture::read_file(fixture.data("tree/owner/" + name)) == name);
  }
}

TEST_CASE("tree: a file that comes after a group was rolled back is shown") {
  DriveFixture fixture;
  REQUIRE(fixture.put("first", "1"));
  REQUIRE(fixture.drive->flush_tree());
  auto database = Database::open(fixture.data("ndisk.db"), DatabaseMode::kExisting);
  REQUIRE(database);
  // The request is recorded last, when the tree's entry has its number already.
  (*database)->run("CREATE TRIGGER refuse BEFORE INSERT ON requests BEGIN SELECT RAISE(ABORT, 'no'); END");
  REQUIRE_FALSE((*database)->take_error());
  CHECK_FALSE(fixture.put("second", "2"));
  (*database)->run("DROP TRIGGER refuse");
  REQUIRE_FALSE((*database)->take_error());
  REQUIRE(fixture.drive->accounts().create_invite("owner"));
  REQUIRE(fixture.drive->flush_tree());
  REQUIRE(fixture.put("second", "2"));
  CHECK(tree_content(fixture, "second") == "2");
}

TEST_CASE("tree: entries are forgotten only after what they did was synced") {
  DriveFixture fixture;
  REQUIRE(fixture.drive->flush_tree());
  fixture.files.fail_call(Call::kSyncFileSystem, EIO, 1, 1'000'000);
  REQUIRE(fixture.put("a", "1"));
  REQUIRE(fixture.drive->flush_tree());
  REQUIRE(fixture.put("b", "2"));
  fixture.drive.reset();
  CHECK(outbox_entries(fixture, "a") == 1);
  CHECK(outbox_entries(fixture, "b") == 1);
  // As if the power had gone: the links were never written.
  fs::remove_all(fixture.data("tree/owner"));
  fixture.files.heal();
  fixture.open();
  CHECK(tree_content(fixture, "a") == "1");
  CHECK(tree_content(fixture, "b") == "2");
  fixture.drive.reset();
  CHECK(outbox_entries(fixture, "a") == 0);
  CHECK(outbox_entries(fixture, "b") == 0);
}

TEST_CASE("tree: where a file can't have another link, it is copied") {
  DriveFixture fixture;
  REQUIRE(fixture.drive->flush_tree());
  fixture.files.fail_call(Call::kLink, EMLINK, 1, 2);
  REQUIRE(fixture.put("a", "one"));
  CHECK(tree_content(fixture, "a") == "one");
  CHECK(fs::hard_link_count(in_tree(fixture, "a")) == 1);
}

TEST_CASE("tree: an entry that can't be shown at all does not hold up the others") {
  DriveFixture fixture;
  REQUIRE(fixture.drive->flush_tree());
  fixture.files.fail_call(Call::kLink, ENAMETOOLONG, 1, 1);
  REQUIRE(fixture.put("a", "one"));
  REQUIRE(fixture.put("b", "two"));
  CHECK(tree_content(fixture, "b") == "two");
  CHECK(tree_content(fixture, "a") == "no file");
}

TEST_CASE("tree: works without openat2") {
  DriveFixture fixture;
  fixture.files.fail_call(Call::kOpenBeneath, ENOSYS, 1, 1'000'000);
  REQUIRE(fixture.put("a/b/c", "one"));
  CHECK(tree_content(fixture, "a/b/c") == "one");
}

TEST_CASE("tree: a tree that is deeper than any path can be is removed") {
  DriveFixture fixture;
  std::string path = "d";
  while (path.size() + 2 <= 4096) path += "/d";
  REQUIRE(fixture.put(path, "deep"));
  REQUIRE(fixture.drive->flush_tree());
  REQUIRE(fixture.remove("d", true));
  REQUIRE(fixture.drive->flush_tree());
  CHECK_FALSE(fs::exists(in_tree(fixture, "d")));
  CHECK(fs::is_empty(fixture.data("tree-removed")));
}

TEST_CASE("tree: off keeps none, and turned on again it shows everything") {
  DriveFixture fixture;
  REQUIRE(fixture.put("old/a", "one"));
  REQUIRE(fixture.put("gone", "x"));
  REQUIRE(fixture.drive->flush_tree());
  fixture.options.tree = false;
  fixture.reopen();
  REQUIRE(fixture.put("new/\xff", "two"));
  REQUIRE(fixture.make_folder("new/empty"));
  REQUIRE(fixture.remove("gone"));
  REQUIRE(fixture.drive->flush_tree());
  CHECK_FALSE(fs::exists(in_tree(fixture, "new")));
  fixture.options.tree = true;
  fixture.reopen();
  CHECK(tree_content(fixture, "old/a") == "one");
  CHECK(tree_content(fixture, "new/\xff") == "two");
  CHECK(fs::is_directory(in_tree(fixture, "new/empty")));
  CHECK_FALSE(fs::exists(in_tree(fixture, "gone")));
}

TEST_CASE("tree: made anew, it takes no memory for each file") {
  constexpr int kFiles = 400'000;
  const TemporaryFolder folder;
  // In a process of its own: the limit can't be taken back.
  const auto child = ::fork();
  if (child == 0) {
    auto catalog = Catalog::open(folder.path() + "/ndisk.db");
    if (!catalog) ::_exit(2);
    auto& database = (*catalog)->writer();
    database.run("BEGIN");
    database.run("INSERT INTO users (name, root, trash, created) VALUES ('owner', 1, 2, 0)");
    database.run(
        "INSERT INTO nodes SELECT 1, CAST(printf('a-file-with-a-usual-name-%07d.jpg', value) AS BLOB), value + 2, 1, "
        "1, "
        "0, 420, 1, zeroblob(32) FROM (WITH RECURSIVE numbers (value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM "
        "numbers WHERE value < ?) SELECT value FROM numbers)",
        kFiles);
    database.run("COMMIT");
    if (database.take_error()) ::_exit(3);
    database.run_script("PRAGMA hard_heap_limit = 25000000");
    database.run("BEGIN");
    OutboxTable(database).refill();
    database.run("COMMIT");
    if (database.take_error()) ::_exit(4);
    auto count = database.query("SELECT count(*) FROM outbox WHERE op = 1");
    ::_exit(count.step() && count.integer(0) == kFiles ? 0 : 5);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
}

TEST_CASE("tree: a group that does not exist is an error at the start") {
  DriveFixture fixture;
  fixture.drive.reset();
  fixture.options.tree_group = "no such group";
  CHECK(Drive::open(fixture.options, fixture.files, fixture.clock).error().code == ErrorCode::kNotFound);
}

}  // namespace ndisk::storage
