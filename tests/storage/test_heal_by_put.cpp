// A put of the same content where that is damaged: who is told that it is needed, and what it does.
#include <thread>

#include "tests/storage/check_fixture.hpp"
#include "tests/storage/namespace_fixture.hpp"

namespace ndisk::storage {
namespace {

class DamagedFixture : public CheckFixture {
 public:
  bool is_damaged(std::string_view path) {
    const auto status = drive->stat(actor, at(path));
    REQUIRE(status);
    ListRequest request;
    request.path = at(path);
    const auto page = drive->list(actor, request);
    REQUIRE(page);
    REQUIRE(page->entries.size() == 1);
    CHECK(page->entries.front().damaged == status->entry.damaged);
    CHECK(page->entries.front().sha256 == status->entry.sha256);
    return status->entry.damaged;
  }
  // Of each version, newest first.
  std::vector<bool> damage_of_versions(std::string_view path) {
    const auto found = drive->versions(actor, at(path), 0, 1000);
    REQUIRE(found);
    std::vector<bool> damage;
    for (const auto& version : *found) damage.push_back(version.damaged);
    return damage;
  }
  void rot_and_find(std::string_view content) {
    rot(object_file(content));
    REQUIRE(check({.read_data = true, .restart = true}).report.damage > 0);
  }
  // Somebody reads it, and the disk fails.
  void fail_reading(std::string_view path) {
    auto reader = drive->open_file(actor, {at(path), std::nullopt});
    REQUIRE(reader);
    files.fail_call(Call::kRead, EIO);
    Bytes bytes((*reader)->size());
    const auto read = (*reader)->read(0, bytes);
    REQUIRE_FALSE(read);
    REQUIRE(read.error().code == ErrorCode::kIo);
    REQUIRE(drive->mark_unreadable(**reader));
    files.heal();
  }
};

}  // namespace

TEST_CASE("healing: content that an offer of its size found unreadable is stored when it comes") {
  DamagedFixture fixture;
  const auto content = pattern(300'000);
  REQUIRE(fixture.upload("a", content));
  fixture.files.fail_call(Call::kRead, EIO);
  auto writer = fixture.writer(fixture.large("b", content.size()));
  fixture.files.heal();
  CHECK(fixture.is_damaged("a"));
  REQUIRE(writer->append(0, content));
  REQUIRE(fixture.commit(std::move(writer), content));
  CHECK_FALSE(fixture.is_damaged("a"));
  CHECK(fixture.object_files().size() == 2);
}

TEST_CASE("healing: what is damaged says so in listings until the same content is put, which makes no version") {
  DamagedFixture fixture;
  const auto file = fixture.small("a", to_bytes("content"));
  const auto version = fixture.put(file)->version;
  CHECK_FALSE(fixture.is_damaged("a"));
  fixture.rot_and_find("content");
  CHECK(fixture.is_damaged("a"));
  fixture.reopen();
  CHECK(fixture.is_damaged("a"));
  const auto again = fixture.put(fixture.small("a", to_bytes("content")));
  REQUIRE(again);
  CHECK(again->healed);
  CHECK(again->unchanged);
  CHECK(again->version == version);
  CHECK_FALSE(fixture.is_damaged("a"));
  CHECK(fixture.content("a") == "content");
  CHECK(fixture.versions("a").size() == 1);
  CHECK(fixture.check({.read_data = true, .restart = true}).lines().empty());
  REQUIRE(fixture.drive->flush_tree());
  CHECK(fixture.read_file(fixture.data("tree/owner/a")) == "content");
  fixture.collect();
  CHECK(fixture.object_files().size() == 1);
  fixture.check_collected();
  fixture.check_clean();
}

TEST_CASE("healing: a put that is asked for again says again that it healed, and heals nothing twice") {
  DamagedFixture fixture;
  REQUIRE(fixture.put("a", "content"));
  fixture.rot_and_find("content");
  const auto file = fixture.small("a", to_bytes("content"));
  REQUIRE(fixture.put(file)->healed);
  const auto again = fixture.put(file);
  REQUIRE(again);
  CHECK(again->healed);
  CHECK(again->unchanged);
  fixture.collect();
  CHECK(fixture.object_files().size() == 1);
  fixture.check_collected();
}

TEST_CASE("healing: a put with another time makes a version, and the one before is whole as well") {
  DamagedFixture fixture;
  REQUIRE(fixture.put("a", "content"));
  fixture.rot_and_find("content");
  const auto later = fixture.put(fixture.small("a", to_bytes("content"), 5));
  REQUIRE(later);
  CHECK(later->healed);
  CHECK_FALSE(later->unchanged);
  CHECK(fixture.damage_of_versions("a") == std::vector<bool>{false, false});
  fixture.check_clean();
  fixture.collect();
  fixture.check_collected();
}

TEST_CASE("healing: other content over a damaged file heals nothing, and its earlier version says so") {
  DamagedFixture fixture;
  REQUIRE(fixture.put("a", "content"));
  fixture.rot_and_find("content");
  const auto other = fixture.put("a", "other");
  REQUIRE(other);
  CHECK_FALSE(other->healed);
  CHECK_FALSE(fixture.is_damaged("a"));
  CHECK(fixture.damage_of_versions("a") == std::vector<bool>{false, true});
  CHECK(fixture.put("elsewhere", "content")->healed);
  CHECK(fixture.damage_of_versions("a") == std::vector<bool>{false, false});
  fixture.collect();
  fixture.check_collected();
  fixture.check_clean();
}

TEST_CASE("healing: several files and versions with one content are whole after one put, on disk after a collection") {
  DamagedFixture fixture;
  for (const auto* path : {"a", "b", "c"}) REQUIRE(fixture.put(path, "content"));
  REQUIRE(fixture.put("c", "other"));
  fixture.rot_and_find("content");
  CHECK(fixture.is_damaged("a"));
  CHECK(fixture.is_damaged("b"));
  CHECK_FALSE(fixture.is_damaged("c"));
  CHECK(fixture.put("b", "content")->healed);
  for (const auto* path : {"a", "b", "c"}) CHECK_FALSE(fixture.is_damaged(path));
  fixture.collect();
  CHECK(fixture.number("SELECT count(*) FROM objects WHERE state <> 0") == 0);
  fixture.check_collected();
  fixture.check_clean();
}

TEST_CASE("healing: a large upload over a damaged file of the same time heals it as well") {
  DamagedFixture fixture;
  const auto content = pattern(300'000);
  REQUIRE(fixture.upload("a", content));
  fixture.rot_and_find(as_text(content));
  CHECK(fixture.is_damaged("a"));
  const auto again = fixture.upload("a", content);
  REQUIRE(again);
  CHECK(again->healed);
  CHECK(again->unchanged);
  CHECK_FALSE(fixture.is_damaged("a"));
  CHECK(fixture.staged_files() == 0);
  fixture.collect();
  fixture.check_collected();
  fixture.check_clean();
}

TEST_CASE("healing: what is damaged of one user is not said of another's") {
  DamagedFixture fixture;
  REQUIRE(fixture.drive->accounts().create_user("ann", std::nullopt));
  const auto owner = fixture.actor;
  REQUIRE(fixture.put("a", "content"));
  fixture.rot_and_find("content");
  fixture.become("ann");
  REQUIRE_FALSE(fixture.put("a", "content")->healed);
  CHECK_FALSE(fixture.is_damaged("a"));
  fixture.actor = owner;
  CHECK(fixture.is_damaged("a"));
}

TEST_CASE("healing: content found damaged by a download is said to be") {
  DamagedFixture fixture;
  REQUIRE(fixture.put("a", "content"));
  std::filesystem::remove(fixture.object_file("content"));
  CHECK_FALSE(fixture.is_damaged("a"));
  CHECK(fixture.content("a") == "error integrity");
  CHECK(fixture.is_damaged("a"));
  CHECK(fixture.put("a", "content")->healed);
  CHECK(fixture.content("a") == "content");
}

TEST_CASE("healing: a healthy object is read before versions are given to it, and one that rotted is given none") {
  DamagedFixture fixture;
  REQUIRE(fixture.put("a", "content"));
  fixture.rot_and_find("content");
  REQUIRE(fixture.put("b", "content"));
  for (const auto& file : fixture.object_files()) fixture.rot(file);
  fixture.collect();
  CHECK(fixture.content("a") == "error integrity");
  CHECK(fixture.is_damaged("b"));
  CHECK(fixture.number("SELECT count(*) FROM objects WHERE state = 2 AND refs = 1") == 2);
  REQUIRE(fixture.put("c", "content"));
  fixture.collect();
  for (const auto* path : {"a", "b", "c"}) CHECK(fixture.content(path) == "content");
  fixture.check_collected();
  fixture.check_clean();
}

TEST_CASE("healing: a healthy object that the disk can't read is given no versions") {
  DamagedFixture fixture;
  REQUIRE(fixture.put("a", "content"));
  fixture.rot_and_find("content");
  REQUIRE(fixture.put("b", "content"));
  fixture.files.fail_call(Call::kRead, EIO);
  fixture.collect();
  fixture.files.heal();
  CHECK(fixture.number("SELECT refs FROM objects WHERE state = 2") == 1);
  CHECK(fixture.number("SELECT refs FROM objects WHERE state = 3") == 1);
  CHECK(fixture.content("b") == "content");
  CHECK(fixture.put("b", "content")->healed);
  fixture.collect();
  fixture.check_collected();
  fixture.check_clean();
}

TEST_CASE("healing: a healthy object that can't be opened keeps no other from being healed, and nothing from going") {
  DamagedFixture fixture;
  for (const auto* name : {"one", "two"}) {
    REQUIRE(fixture.put(name, name));
    fixture.rot_and_find(name);
    REQUIRE(fixture.put(std::string(name) + " again", name));
  }
  REQUIRE(fixture.drive->flush_tree());  // whose thread would take the failure
  fixture.files.fail_call(Call::kOpen, EACCES);
  fixture.collect();
  fixture.files.heal();
  CHECK(fixture.content("one") + fixture.content("two") == "onetwo");
  CHECK(fixture.number("SELECT count(*) FROM objects") == 3);
  fixture.collect();
  CHECK(fixture.number("SELECT count(*) FROM objects") == 2);
  fixture.check_collected();
  fixture.check_clean();
}

TEST_CASE("healing: content that the disk can't read is stored anew when it is put, and every version gets it") {
  DamagedFixture fixture;
  REQUIRE(fixture.put("a", "content"));
  REQUIRE(fixture.put("b", "content"));
  const auto before = fixture.object_file("content");
  fixture.fail_reading("a");
  CHECK(fixture.is_damaged("a"));
  CHECK(fixture.is_damaged("b"));
  const auto put = fixture.put("a", "content");
  REQUIRE(put);
  CHECK(put->healed);
  CHECK(put->unchanged);
  CHECK_FALSE(fixture.is_damaged("b"));
  fixture.collect();
  CHECK(fixture.object_file("content") != before);
  CHECK(fixture.content("b") == "content");
  fixture.check_collected();
  fixture.check_clean();
}

TEST_CASE("healing: content of which the disk says nothing at all is stored anew when it is put") {
  DamagedFixture fixture;
  REQUIRE(fixture.put("a", "content"));
  const auto before = fixture.object_file("content");
  REQUIRE(fixture.drive->flush_tree());  // whose thread would take the failure
  fixture.files.fail_call(Call::kStatus, EIO);
  REQUIRE(fixture.put("b", "content"));
  fixture.files.heal();
  CHECK(fixture.object_files().size() == 2);
  CHECK(fixture.content("a") == "content");
  fixture.collect();
  CHECK(fixture.object_file("content") != before);
  fixture.check_collected();
  fixture.check_clean();
}

TEST_CASE("healing: what could not be read is served when it can be, and a check that reads it finds nothing wrong") {
  DamagedFixture fixture;
  REQUIRE(fixture.put("a", "content"));
  fixture.fail_reading("a");
  CHECK(fixture.content("a") == "content");
  CHECK(fixture.drive->status()->damaged_objects == 1);
  CHECK(fixture.check().lines().empty());
  CHECK_FALSE(fixture.is_damaged("a"));
  CHECK(fixture.drive->status()->damaged_objects == 0);
  CHECK(fixture.object_files().size() == 1);
}

TEST_CASE("healing: too few descriptors say nothing of the content") {
  DamagedFixture fixture;
  REQUIRE(fixture.put("a", "content"));
  REQUIRE(fixture.drive->flush_tree());  // whose thread would take the failure
  fixture.files.fail_call(Call::kOpen, EMFILE);
  CHECK(fixture.content("a") == "error busy");
  fixture.files.heal();
  CHECK_FALSE(fixture.is_damaged("a"));
}

TEST_CASE("healing: a repair gives what can't be read to another copy, and leaves it where there is none") {
  DamagedFixture fixture;
  REQUIRE(fixture.put("a", "content"));
  fixture.fail_reading("a");
  const auto owner = fixture.actor;
  REQUIRE(fixture.drive->accounts().create_user("ann", std::nullopt));
  fixture.become("ann");
  REQUIRE(fixture.put("hers", "content"));
  fixture.actor = owner;
  fixture.files.fail_call(Call::kRead, EIO);
  const auto checked = fixture.repair();
  fixture.files.heal();
  INFO(checked.causes());
  CHECK(checked.report.mended == 1);
  CHECK(fixture.content("a") == "content");
  fixture.collect();
  fixture.check_collected();
  fixture.check_clean();
}

TEST_CASE("migration: what the second format had damaged is said to be, and is healed") {
  DamagedFixture fixture;
  REQUIRE(fixture.put("a", "content"));
  fixture.rot_and_find("content");
  fixture.edit_catalog("DROP INDEX objects_damaged; DROP INDEX objects_damaged_content; PRAGMA user_version = 2");
  CHECK(fixture.is_damaged("a"));
  CHECK(fixture.put("a", "content")->healed);
  fixture.collect();
  fixture.check_collected();
  fixture.check_clean();
}

TEST_CASE("check: an upload that starts over while it is looked at is not damaged") {
  DamagedFixture fixture;
  fixture.options.checkpoint_bytes = 8000;
  fixture.reopen();
  auto offer = fixture.large("b", 50'000);
  {
    auto held = fixture.writer(offer);
    REQUIRE(held->append(0, pattern(5000)));
  }
  std::promise<void> entered;
  std::promise<void> may_end;
  // Rows are forgotten behind a checkpoint that the disk holds up.
  fixture.files.before_call(Call::kSyncData, 1, [&] {
    entered.set_value();
    may_end.get_future().wait();
  });
  auto other = fixture.writer(fixture.large("a", 50'000));
  REQUIRE(other->append(0, pattern(9000)));
  entered.get_future().wait();
  offer.start_over = true;
  offer.request_id = random_bytes<16>();
  auto again = fixture.writer(offer);
  const auto checked = fixture.check();
  may_end.set_value();
  INFO(checked.causes());
  CHECK(checked.lines().empty());
}

}  // namespace ndisk::storage
