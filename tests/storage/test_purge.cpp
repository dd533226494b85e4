#include <cerrno>

#include "storage/purge.hpp"
#include "storage/retention.hpp"
#include "tests/storage/crash_copy.hpp"
#include "tests/storage/history_fixture.hpp"

namespace ndisk::storage {
namespace {

// A folder with folders, links, files of several versions, and content that something outside of it shares.
void fill(HistoryFixture& fixture) {
  for (const auto* path : {"d/a", "d/e/a", "d/e/f/g/a", "d/h/a", "kept"}) {
    REQUIRE(fixture.put(path, "shared"));
    REQUIRE(fixture.put(path, std::string("two of ") + path));
    REQUIRE(fixture.put(path, "shared"));
  }
  REQUIRE(fixture.make_folder("d/empty"));
  auto link = fixture.small("d/e/link", to_bytes("target"));
  link.kind = Kind::kLink;
  REQUIRE(fixture.put(link));
}

// Makes single steps of the collector on the catalog of a closed drive: each as if a crash had come after it.
class Steps {
 public:
  Steps(HistoryFixture& fixture) : clock_(fixture.clock), database_(fixture.catalog()) {}

  template <class Make>
  Step make(Make make_step, bool commit = true) {
    WriteContext context(*database_, clock_, false);
    database_->run("BEGIN IMMEDIATE");
    const auto step = make_step(context, Retention{.trash = 0, .versions = 0}, 1);
    context.flush();
    if (commit) database_->run("COMMIT");
    if (!commit) database_->roll_back();
    REQUIRE_FALSE(database_->take_error());
    return step;
  }

 private:
  const Clock& clock_;
  std::unique_ptr<Database> database_;
};

void check_all_is_right(HistoryFixture& fixture) {
  fixture.open();
  fixture.check_catalog();
  CHECK(fixture.content("kept") == "shared");
  fixture.collect();
  fixture.check_collected();
  CHECK(fixture.object_files().size() == 2);
  CHECK(fixture.names("", true) == std::vector<std::string>{"kept"});
}

}  // namespace

TEST_CASE("purge: emptied trash is gone with its history, what others refer to stays") {
  HistoryFixture fixture;
  fill(fixture);
  REQUIRE(fixture.remove("d", true));
  REQUIRE(fixture.empty());
  const auto report = fixture.collect();
  CHECK(report.nodes == 11);
  CHECK(report.trash == 0);
  CHECK(fixture.object_files().size() == 2);
  CHECK(fixture.content("kept") == "shared");
  CHECK(fixture.versions("kept").size() == 3);
  CHECK(fixture.drive->status()->stored_bytes == std::string("sharedtwo of kept").size());
  fixture.check_collected();
}

TEST_CASE("purge: deep and wide trash goes in many steps") {
  HistoryFixture fixture;
  fixture.options.tree = false;
  fixture.reopen();
  std::string path = "d";
  for (int i = 0; i < 600; ++i) path += "/x";
  REQUIRE(fixture.make_folder(path));
  for (int i = 0; i < 600; ++i) REQUIRE(fixture.put("d/wide/" + std::to_string(i), "same"));
  REQUIRE(fixture.remove("d", true));
  REQUIRE(fixture.empty());
  CHECK(fixture.collect().nodes == 601 + 601);
  CHECK(fixture.object_files().empty());
  fixture.check_collected();
}

TEST_CASE("purge: a crash between any two steps loses nothing and frees nothing twice") {
  for (int steps = 0;; ++steps) {
    HistoryFixture fixture;
    fixture.options.tree = false;
    fixture.reopen();
    fill(fixture);
    REQUIRE(fixture.remove("d", true));
    REQUIRE(fixture.empty());
    fixture.drive.reset();
    bool more = true;
    {
      Steps made(fixture);
      for (int i = 0; i < steps && more; ++i) more = made.make(purge_some).more;
      if (more) made.make(purge_some, false);
    }
    INFO("steps " << steps);
    check_all_is_right(fixture);
    if (!more) break;
  }
}

TEST_CASE("prune: a crash between any two steps loses nothing and frees nothing twice") {
  for (int steps = 0;; ++steps) {
    HistoryFixture fixture;
    fixture.options.tree = false;
    fixture.options.retention.versions = 0;
    fixture.reopen();
    for (const auto* path : {"a", "b"}) {
      for (int i = 0; i < 4; ++i) REQUIRE(fixture.put(path, i % 2 == 0 ? "shared" : std::to_string(i)));
      REQUIRE(fixture.put(path, path));
    }
    fixture.drive.reset();
    bool more = true;
    {
      Steps made(fixture);
      for (int i = 0; i < steps && more; ++i) more = made.make(prune_versions).more;
      if (more) made.make(prune_versions, false);
    }
    INFO("steps " << steps);
    fixture.open();
    fixture.check_catalog();
    fixture.collect();
    fixture.check_collected();
    CHECK(fixture.object_files().size() == 2);
    CHECK(fixture.content("a") == "a");
    CHECK(fixture.versions("b").size() == 1);
    if (!more) break;
  }
}

TEST_CASE("expire: a crash between two items of the trash leaves each in it or gone") {
  HistoryFixture fixture;
  REQUIRE(fixture.put("a", "one"));
  REQUIRE(fixture.put("b", "two"));
  REQUIRE(fixture.remove("a"));
  REQUIRE(fixture.remove("b"));
  fixture.drive.reset();
  {
    Steps made(fixture);
    CHECK(made.make(expire_trash).nodes == 1);
    made.make(expire_trash, false);
  }
  fixture.open();
  REQUIRE(fixture.trash().size() == 1);
  fixture.check_catalog();
  REQUIRE(fixture.restore(fixture.trash()[0].path));
  fixture.collect();
  fixture.check_collected();
  CHECK(fixture.object_files().size() == 1);
}

TEST_CASE("purge: a power cut while content is being freed leaves what the next run goes on with") {
  for (const int nth : {1, 3, 5}) {
    HistoryFixture fixture;
    fixture.options.tree = false;
    fixture.reopen();
    fill(fixture);
    REQUIRE(fixture.remove("d", true));
    REQUIRE(fixture.empty());
    const auto crashed = fixture.folder.path() + "/crashed";
    fixture.files.before_call(Call::kRemoveFile, nth,
                              [&] { copy_as_after_crash(fixture.options.data_directory, crashed); });
    fixture.collect();
    fixture.drive.reset();
    fixture.files.heal();
    fixture.options.data_directory = crashed;
    check_all_is_right(fixture);
  }
}

TEST_CASE("purge: a disk that can't remove a file stops the run, and the next goes on") {
  HistoryFixture fixture;
  fixture.options.tree = false;
  fixture.reopen();
  fill(fixture);
  REQUIRE(fixture.remove("d", true));
  REQUIRE(fixture.empty());
  fixture.files.fail_call(Call::kRemoveFile, EIO, 2);
  CHECK(fixture.drive->collect().error().code == ErrorCode::kIo);
  fixture.files.heal();
  fixture.check_catalog();
  fixture.collect();
  fixture.check_collected();
  CHECK(fixture.object_files().size() == 2);
}

TEST_CASE("purge: the same content comes again while the old is doomed") {
  HistoryFixture fixture;
  REQUIRE(fixture.put("a", "content"));
  REQUIRE(fixture.remove("a"));
  REQUIRE(fixture.empty());
  REQUIRE(fixture.put("b", "content"));
  fixture.collect();
  CHECK(fixture.content("b") == "content");
  fixture.check_collected();
}

TEST_CASE("purge: whoever reads a file to its end can, though it was emptied") {
  HistoryFixture fixture;
  REQUIRE(fixture.put("a", "content"));
  const auto reader = fixture.drive->open_file(fixture.actor, OpenTarget{at("a"), {}});
  REQUIRE(reader);
  REQUIRE(fixture.remove("a"));
  REQUIRE(fixture.empty());
  fixture.collect();
  CHECK(fixture.object_files().empty());
  Bytes bytes(7);
  REQUIRE((*reader)->read(0, bytes));
  CHECK(as_text(bytes) == "content");
}

TEST_CASE("purge: a drive that is doomed goes with its trash and its history") {
  HistoryFixture fixture;
  fixture.options.tree = false;
  fixture.reopen();
  REQUIRE(fixture.drive->accounts().create_user("other", std::nullopt));
  const auto owner = std::exchange(fixture.actor, Actor{fixture.actor.user + 1, random_bytes<16>()});
  fill(fixture);
  REQUIRE(fixture.remove("d/e", true));
  fixture.actor = owner;
  REQUIRE(fixture.put("kept", "shared"));
  fixture.drive.reset();
  {
    const auto database = fixture.catalog();
    WriteContext context(*database, fixture.clock, false);
    database->run("BEGIN IMMEDIATE");
    const auto user = context.users.find_by_name("other");
    REQUIRE(user);
    doom_drive(context, *user);
    doom_drive(context, *user);
    context.flush();
    database->run("COMMIT");
    REQUIRE_FALSE(database->take_error());
  }
  fixture.open();
  CHECK(fixture.collect().objects == 7);
  CHECK(fixture.number("SELECT count(*) FROM nodes") == 1);
  CHECK(fixture.number("SELECT count(*) FROM versions") == 1);
  CHECK(fixture.number("SELECT count(*) FROM trash") == 0);
  CHECK(fixture.number("SELECT count(*) FROM folders") == 1);
  CHECK(fixture.object_files().size() == 1);
  CHECK(fixture.content("kept") == "shared");
}

}  // namespace ndisk::storage
