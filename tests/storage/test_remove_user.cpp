#include <atomic>
#include <filesystem>
#include <latch>
#include <map>
#include <thread>

#include "storage/sqlite.hpp"
#include "tests/storage/drive_fixture.hpp"

namespace ndisk::storage {
namespace {

namespace fs = std::filesystem;

const PublicKey kKey{1, 2, 3};

// A drive with a user "ann", as whom everything is done.
struct AnnFixture : DriveFixture {
  AnnFixture() {
    REQUIRE(accounts().create_user("ann", std::nullopt));
    actor = enrol("ann", kKey);
  }
  Accounts& accounts() { return drive->accounts(); }
  [[nodiscard]] bool is_listed(const std::string& name) {
    const auto users = accounts().users("", 100);
    REQUIRE(users);
    for (const auto& user : *users) {
      if (user.name == name) return true;
    }
    return false;
  }
  // Rows of a table, while the drive is closed.
  std::int64_t rows(const char* sql) {
    auto database = Database::open(data("ndisk.db"), DatabaseMode::kExisting);
    REQUIRE(database);
    auto query = (*database)->query(sql);
    REQUIRE(query.step());
    return query.integer(0);
  }
};

}  // namespace

TEST_CASE("user remove: the name is gone, and its device can't log in") {
  AnnFixture fixture;
  const auto id = fixture.accounts().remove_user("ann", false);
  REQUIRE(id);
  CHECK(*id == fixture.actor.user);
  CHECK_FALSE(fixture.is_listed("ann"));
  CHECK(fixture.drive->status()->users == 1);
  CHECK(fixture.accounts().find_device(kKey).error().code == ErrorCode::kNotAllowed);
  CHECK(fixture.accounts().create_invite("ann").error().code == ErrorCode::kNotFound);
  CHECK(fixture.accounts().remove_user("ann", false).error().code == ErrorCode::kNotFound);
  CHECK(fixture.accounts().devices("", std::nullopt, 10)->size() == 1);
}

TEST_CASE("user remove: an invite of it is worth nothing any more, also once the name is used again") {
  AnnFixture fixture;
  const auto invite = fixture.accounts().create_invite("ann");
  REQUIRE(fixture.accounts().remove_user("ann", false));
  REQUIRE(fixture.accounts().create_user("ann", std::nullopt));
  CHECK(fixture.accounts().enrol(*invite, PublicKey{5}, "laptop").error().code == ErrorCode::kNotAllowed);
}

TEST_CASE("user remove: the owner can't be removed") {
  AnnFixture fixture;
  CHECK(fixture.accounts().remove_user("owner", true).error().code == ErrorCode::kInvalid);
}

TEST_CASE("user remove: one with files is refused unless they go too") {
  AnnFixture fixture;
  REQUIRE(fixture.put("a", "content"));
  const auto refused = fixture.accounts().remove_user("ann", false);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == ErrorCode::kConflict);
  CHECK(refused.error().message.find("--with-files") != std::string::npos);
  CHECK(fixture.content("a") == "content");
  CHECK(fixture.accounts().remove_user("ann", true));
}

TEST_CASE("user remove: one with nothing but an empty folder, or trash, has files") {
  AnnFixture fixture;
  REQUIRE(fixture.make_folder("empty"));
  CHECK(fixture.accounts().remove_user("ann", false).error().code == ErrorCode::kConflict);
  REQUIRE(fixture.remove("empty", true));
  CHECK(fixture.accounts().remove_user("ann", false).error().code == ErrorCode::kConflict);
}

TEST_CASE("user remove: what it still asks for is not allowed, whatever it is") {
  AnnFixture fixture;
  const auto version = fixture.put("a", "content")->version;
  REQUIRE(fixture.accounts().remove_user("ann", true));
  auto& drive = *fixture.drive;
  const auto who = fixture.actor;
  std::map<std::string, ErrorCode> answers;
  const auto note = [&](const char* name, const auto& result) {
    answers[name] = result ? ErrorCode::kInternal : result.error().code;
  };
  const auto id = [] { return random_bytes<16>(); };
  const auto wait_placed = [&](auto call) { return wait_for<Placed>(call); };
  note("put", fixture.put("b", "content"));
  note("offer", fixture.offer(fixture.large("b", 10)));
  note("open", drive.open_file(who, {at("a"), {}}));
  note("open version", drive.open_file(who, {at("a"), version}));
  note("list", drive.list(who, {}));
  note("stat", drive.stat(who, at("a")));
  note("remove", fixture.remove("a"));
  note("make folder", fixture.make_folder("d"));
  note("versions", drive.versions(who, at("a"), 0, 10));
  note("trash", drive.trash(who, 0, 10));
  note("receipts", drive.receipt_state(who, 1));
  note("uploads", drive.uploads(who));
  note("cancel", drive.cancel_upload(who, UploadId{}));
  MoveRequest move;
  move.request_id = id();
  move.from = at("a");
  move.to = at("b");
  note("move", wait_placed([&](auto done) { drive.move(who, move, std::move(done)); }));
  CopyRequest copy;
  copy.request_id = id();
  copy.from = at("a");
  copy.to = at("b");
  note("copy", wait_placed([&](auto done) { drive.copy(who, copy, std::move(done)); }));
  note("restore", wait_placed([&](auto done) { drive.restore(who, id(), at("a"), version, std::move(done)); }));
  note("restore trash", wait_placed([&](auto done) { drive.restore_trash(who, id(), 1, {}, std::move(done)); }));
  note("empty trash", wait_for<Emptied>([&](auto done) {
         drive.empty_trash(who, EmptyTrashRequest{id(), {}, {}}, std::move(done));
       }));
  for (const auto& [name, code] : answers) {
    INFO(name);
    CHECK(code == ErrorCode::kNotAllowed);
  }
}

TEST_CASE("user remove: an answer of before is not given again") {
  AnnFixture fixture;
  const auto file = fixture.small("a", to_bytes("content"));
  REQUIRE(fixture.put(file));
  REQUIRE(fixture.accounts().remove_user("ann", true));
  CHECK(fixture.put(file).error().code == ErrorCode::kNotAllowed);
}

TEST_CASE("user remove: uploads under way end, and nothing of them stays") {
  AnnFixture fixture;
  auto held = fixture.writer(fixture.large("held", 100'000));
  REQUIRE(held->append(0, pattern(10'000)));
  {
    auto idle = fixture.writer(fixture.large("idle", 100'000));
    REQUIRE(idle->append(0, pattern(10'000)));
  }
  REQUIRE(fixture.accounts().remove_user("ann", false));
  CHECK_FALSE(held->append(10'000, pattern(1)));
  CHECK_FALSE(fixture.commit(std::move(held), pattern(10'000)));
  CHECK(fixture.staged_files() == 0);
  CHECK(fixture.drive->status()->uploads == 0);
}

TEST_CASE("user remove: while its devices are at work, and nothing of them stays") {
  for (int round = 0; round < 10; ++round) {
    AnnFixture fixture;
    std::atomic<int> refused = 0;
    std::latch at_work(4);
    {
      std::vector<std::jthread> threads;
      for (std::uint32_t thread = 0; thread < 4; ++thread) {
        threads.emplace_back([&, thread] {
          for (std::uint32_t i = 0; refused < 4; ++i) {
            const auto name = std::to_string(thread) + "/" + std::to_string(i);
            const auto content = pattern(5'000, thread * 10'000 + i);
            if (thread % 2 == 0) {
              const auto put = fixture.put(fixture.small(name, content));
              refused += !put;
            } else {
              auto answer = fixture.offer(fixture.large(name, content.size() + 1));
              refused += !answer;
              if (answer) (void)answer->writer->append(0, content);
            }
            if (i == 0) at_work.count_down();
          }
        });
      }
      at_work.wait();
      CHECK(fixture.accounts().remove_user("ann", true));
    }
    REQUIRE(fixture.drive->collect());
    CHECK(fixture.object_files().empty());
    CHECK(fixture.staged_files() == 0);
    fixture.drive->close();
    CHECK(fixture.rows("SELECT count(*) FROM users") == 1);
    CHECK(fixture.rows("SELECT count(*) FROM uploads") == 0);
    CHECK(fixture.rows("SELECT count(*) FROM nodes") == 0);
  }
}

TEST_CASE("user remove: the collector frees its content, and forgets all of it") {
  AnnFixture fixture;
  REQUIRE(fixture.put("d/a", "one"));
  REQUIRE(fixture.put("d/a", "two"));
  REQUIRE(fixture.put("trashed", "three"));
  REQUIRE(fixture.remove("trashed"));
  auto file = fixture.small("b", to_bytes("four"));
  file.receipt = true;
  REQUIRE(fixture.put(file));
  fixture.become("owner");
  REQUIRE(fixture.put("kept", "two"));
  REQUIRE(fixture.drive->flush_tree());
  REQUIRE(fixture.accounts().remove_user("ann", true));
  REQUIRE(fixture.drive->collect());
  CHECK(fixture.object_files().size() == 1);
  CHECK(fixture.content("kept") == "two");
  fixture.drive->close();
  CHECK(fixture.rows("SELECT count(*) FROM users") == 1);
  CHECK(fixture.rows("SELECT count(*) FROM nodes") == 1);
  CHECK(fixture.rows("SELECT count(*) FROM versions") == 1);
  CHECK(fixture.rows("SELECT count(*) FROM objects") == 1);
  CHECK(fixture.rows("SELECT count(*) FROM folders") == 1);
  for (const auto* table : {"trash", "receipts", "uploads"}) {
    INFO(table);
    CHECK(fixture.rows(("SELECT count(*) FROM " + std::string(table)).c_str()) == 0);
  }
  CHECK(fixture.rows("SELECT count(*) FROM requests") == 1);
  CHECK(fixture.rows("SELECT count(*) FROM devices") == 2);
}

TEST_CASE("user remove: with more files than a transaction takes, all of them go") {
  AnnFixture fixture;
  for (int i = 0; i < 600; ++i) REQUIRE(fixture.put(std::to_string(i), std::to_string(i)));
  REQUIRE(fixture.accounts().remove_user("ann", true));
  REQUIRE(fixture.drive->collect());
  CHECK(fixture.object_files().empty());
  fixture.drive->close();
  CHECK(fixture.rows("SELECT count(*) FROM users") == 1);
  CHECK(fixture.rows("SELECT count(*) FROM nodes") == 0);
  CHECK(fixture.rows("SELECT count(*) FROM requests") == 0);
}

TEST_CASE("user remove: a new start goes on with what the collector had not got to") {
  AnnFixture fixture;
  REQUIRE(fixture.put("a", "content"));
  REQUIRE(fixture.accounts().remove_user("ann", true));
  fixture.reopen();
  CHECK_FALSE(fixture.is_listed("ann"));
  REQUIRE(fixture.drive->collect());
  CHECK(fixture.object_files().empty());
}

TEST_CASE("user remove: the name is free at once, for a drive and a device as new") {
  AnnFixture fixture;
  REQUIRE(fixture.put("a", "old"));
  const auto old = fixture.actor;
  REQUIRE(fixture.accounts().remove_user("ann", true));
  REQUIRE(fixture.accounts().create_user("ann", std::nullopt));
  fixture.actor = fixture.enrol("ann", kKey);
  CHECK(fixture.actor.user != old.user);
  CHECK(fixture.names().empty());
  REQUIRE(fixture.put("b", "new"));
  REQUIRE(fixture.drive->collect());
  CHECK(fixture.content("b") == "new");
}

TEST_CASE("user remove: an id is never given again") {
  AnnFixture fixture;
  const auto id = fixture.accounts().remove_user("ann", false);
  REQUIRE(fixture.drive->collect());
  fixture.reopen();
  REQUIRE(fixture.accounts().create_user("bob", std::nullopt));
  CHECK(fixture.enrol("bob", kKey).user > *id);
}

TEST_CASE("user remove: its folder leaves the tree") {
  AnnFixture fixture;
  REQUIRE(fixture.put("d/a", "content"));
  REQUIRE(fixture.drive->flush_tree());
  REQUIRE(fs::exists(fixture.data("tree/ann/d/a")));
  REQUIRE(fixture.accounts().remove_user("ann", true));
  REQUIRE(fixture.drive->flush_tree());
  CHECK_FALSE(fs::exists(fixture.data("tree/ann")));
}

TEST_CASE("user remove: a new user of the same name keeps its tree, also when the outbox is done again") {
  AnnFixture fixture;
  REQUIRE(fixture.put("old", "content"));
  REQUIRE(fixture.accounts().remove_user("ann", true));
  REQUIRE(fixture.accounts().create_user("ann", std::nullopt));
  fixture.become("ann");
  REQUIRE(fixture.put("new", "content"));
  REQUIRE(fixture.drive->flush_tree());
  CHECK_FALSE(fs::exists(fixture.data("tree/ann/old")));
  CHECK(fixture.read_file(fixture.data("tree/ann/new")) == "content");
  REQUIRE(fixture.drive->collect());
  fixture.reopen();
  REQUIRE(fixture.drive->flush_tree());
  CHECK(fixture.read_file(fixture.data("tree/ann/new")) == "content");
}

TEST_CASE("user remove: the tree of one that went while no tree was kept goes when one is kept again") {
  AnnFixture fixture;
  REQUIRE(fixture.put("a", "content"));
  REQUIRE(fixture.drive->flush_tree());
  fixture.options.tree = false;
  fixture.reopen();
  REQUIRE(fixture.accounts().remove_user("ann", true));
  REQUIRE(fixture.drive->collect());
  CHECK(fs::exists(fixture.data("tree/ann")));
  fixture.options.tree = true;
  fixture.reopen();
  REQUIRE(fixture.drive->flush_tree());
  CHECK_FALSE(fs::exists(fixture.data("tree/ann")));
}

}  // namespace ndisk::storage
