#include "storage/trash_changes.hpp"
#include "tests/storage/history_fixture.hpp"

namespace ndisk::storage {

TEST_CASE("trash: newest first, with what each was, in pages") {
  HistoryFixture fixture;
  REQUIRE(fixture.put("d/a", "one"));
  REQUIRE(fixture.put("d/e/b", "four"));
  REQUIRE(fixture.put("c", "c"));
  REQUIRE(fixture.remove("c"));
  fixture.clock.advance(kSecondNs);
  REQUIRE(fixture.remove("d", true));
  const auto items = fixture.trash();
  REQUIRE(items.size() == 2);
  CHECK(items[0].path == "d");
  CHECK(items[0].kind == Kind::kFolder);
  CHECK(items[0].files == 2);
  CHECK(items[0].bytes == 7);
  CHECK(items[0].removed == fixture.clock.now());
  CHECK(items[0].expires == fixture.clock.now() + 30 * kDayNs);
  CHECK(items[0].device_name == "local");
  CHECK(items[1].path == "c");
  CHECK(items[1].kind == Kind::kFile);
  const auto page = fixture.drive->trash(fixture.actor, 0, 1);
  REQUIRE(page->size() == 1);
  CHECK(page->at(0).id == items[0].id);
  const auto rest = fixture.drive->trash(fixture.actor, items[0].id, 10);
  REQUIRE(rest->size() == 1);
  CHECK(rest->at(0).id == items[1].id);
}

TEST_CASE("trash: nobody else's") {
  HistoryFixture fixture;
  REQUIRE(fixture.put("a", "one"));
  REQUIRE(fixture.remove("a"));
  const auto id = fixture.trash_id("a");
  REQUIRE(fixture.drive->accounts().create_user("other", std::nullopt));
  const Actor other{fixture.actor.user + 1, random_bytes<16>()};
  CHECK(fixture.drive->trash(other, 0, 10)->empty());
  const auto owner = std::exchange(fixture.actor, other);
  CHECK(fixture.restore_trash(id).error().code == ErrorCode::kNotFound);
  CHECK(fixture.empty({id})->count == 0);
  CHECK(fixture.empty()->count == 0);
  fixture.actor = owner;
  CHECK(fixture.trash().size() == 1);
}

TEST_CASE("restore from the trash: a folder with all that was in it, in the tree too") {
  HistoryFixture fixture;
  REQUIRE(fixture.put("d/a", "one"));
  REQUIRE(fixture.put("d/a", "two"));
  REQUIRE(fixture.put("d/e/f/b", "three"));
  REQUIRE(fixture.make_folder("d/empty"));
  REQUIRE(fixture.remove("d", true));
  const auto placed = fixture.restore_trash(fixture.trash_id("d"));
  REQUIRE(placed);
  CHECK(placed->path == "d");
  CHECK(fixture.names("", true) == std::vector<std::string>{"d/", "d/a", "d/e/", "d/e/f/", "d/e/f/b", "d/empty/"});
  CHECK(fixture.versions("d/a").size() == 2);
  CHECK(fixture.trash().empty());
  CHECK(fixture.drive->status()->files == 2);
  CHECK(fixture.drive->status()->bytes == 8);
  REQUIRE(fixture.drive->flush_tree());
  CHECK(DriveFixture::read_file(fixture.data("tree/owner/d/a")) == "two");
  CHECK(DriveFixture::read_file(fixture.data("tree/owner/d/e/f/b")) == "three");
  CHECK(std::filesystem::is_directory(fixture.data("tree/owner/d/empty")));
  fixture.check_catalog();
}

TEST_CASE("restore from the trash: to another path, with its parents") {
  HistoryFixture fixture;
  REQUIRE(fixture.put("a", "one"));
  REQUIRE(fixture.remove("a"));
  const auto placed = fixture.restore_trash(fixture.trash_id("a"), "x/y/z");
  REQUIRE(placed);
  CHECK(placed->path == "x/y/z");
  CHECK(fixture.content("x/y/z") == "one");
  REQUIRE(fixture.drive->flush_tree());
  CHECK(DriveFixture::read_file(fixture.data("tree/owner/x/y/z")) == "one");
  fixture.check_catalog();
}

TEST_CASE("restore from the trash: what stands there by now stays, both are kept") {
  HistoryFixture fixture;
  for (const auto* text : {"one", "two", "three"}) {
    REQUIRE(fixture.put("d/a.txt", text));
    REQUIRE(fixture.remove("d/a.txt"));
  }
  REQUIRE(fixture.put("d/a.txt", "here"));
  const auto items = fixture.trash();
  CHECK(fixture.restore_trash(items[0].id)->path == "d/a (restored).txt");
  CHECK(fixture.restore_trash(items[1].id)->path == "d/a (restored 2).txt");
  CHECK(fixture.restore_trash(items[2].id)->path == "d/a (restored 3).txt");
  CHECK(fixture.content("d/a.txt") == "here");
  CHECK(fixture.content("d/a (restored).txt") == "three");
  CHECK(fixture.content("d/a (restored 3).txt") == "one");
  fixture.check_catalog();
}

TEST_CASE("restore from the trash: a folder beside what stands there") {
  HistoryFixture fixture;
  REQUIRE(fixture.put("d.2024/a", "one"));
  REQUIRE(fixture.remove("d.2024", true));
  REQUIRE(fixture.put("d.2024/b", "two"));
  CHECK(fixture.restore_trash(fixture.trash_id("d.2024"))->path == "d.2024 (restored)");
  CHECK(fixture.content("d.2024 (restored)/a") == "one");
  CHECK(fixture.names("d.2024") == std::vector<std::string>{"b"});
  REQUIRE(fixture.drive->flush_tree());
  CHECK(DriveFixture::read_file(fixture.data("tree/owner/d.2024 (restored)/a")) == "one");
}

TEST_CASE("restored names: the mark comes before the extension") {
  CHECK(restored_name("a.txt", Kind::kFile, 1) == "a (restored).txt");
  CHECK(restored_name("a.tar.gz", Kind::kLink, 2) == "a.tar (restored 2).gz");
  CHECK(restored_name("a", Kind::kFile, 1) == "a (restored)");
  CHECK(restored_name(".bashrc", Kind::kFile, 1) == ".bashrc (restored)");
  CHECK(restored_name("a.b", Kind::kFolder, 10) == "a.b (restored 10)");
  CHECK(restored_name("a.", Kind::kFile, 1) == "a (restored).");
}

TEST_CASE("restored names: long ones are cut before the mark, between characters") {
  const std::string mark = " (restored)";
  CHECK(restored_name(std::string(255, 'x'), Kind::kFile, 1) == std::string(255 - mark.size(), 'x') + mark);
  CHECK(restored_name(std::string(251, 'x') + ".txt", Kind::kFile, 1) ==
        std::string(251 - mark.size(), 'x') + mark + ".txt");
  std::string umlauts;  // two bytes each
  while (umlauts.size() < 254) umlauts += "\xC3\xA4";
  const auto cut = restored_name(umlauts + "x", Kind::kFile, 2);
  CHECK(cut.size() == 242 + std::string(" (restored 2)").size());
  CHECK(cut == umlauts.substr(0, 242) + " (restored 2)");
  CHECK(restored_name(umlauts, Kind::kFile, 1).size() == 255);
  const std::string not_text(255, '\x80');
  CHECK(restored_name(not_text, Kind::kFile, 1) == not_text.substr(0, 255 - mark.size()) + mark);
  const auto long_extension = "a." + std::string(250, 'x');
  CHECK(restored_name(long_extension, Kind::kFile, 1) == long_extension.substr(0, 255 - mark.size()) + mark);
}

TEST_CASE("restored names: a free number is found by few questions, however many are taken") {
  const auto taken = GENERATE(0u, 1u, 15u, 16u, 17u, 100u, 1'000'000u);
  int questions = 0;
  const auto number = free_number([&](std::uint64_t asked) {
    ++questions;
    return asked <= taken;
  });
  CHECK(number == taken + 1);
  CHECK(questions <= 60);
}

TEST_CASE("restored names: among the first numbers a gap is filled, and what is found above them is free") {
  CHECK(free_number([](std::uint64_t asked) { return asked != 3 && asked <= 100; }) == 3);
  const auto is_taken = [](std::uint64_t asked) { return asked <= 20 || (asked >= 31 && asked <= 40); };
  const auto number = free_number(is_taken);
  CHECK_FALSE(is_taken(number));
  CHECK(is_taken(number - 1));
}

TEST_CASE("restore from the trash: what can't be") {
  HistoryFixture fixture;
  REQUIRE(fixture.put("d/a", "one"));
  REQUIRE(fixture.remove("d/a"));
  const auto id = fixture.trash_id("d/a");
  REQUIRE(fixture.remove("d", true));
  REQUIRE(fixture.put("d", "a file by now"));
  const auto refused = fixture.restore_trash(id);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == ErrorCode::kNotFolder);
  CHECK(fixture.restore("d/a").error().code == ErrorCode::kNotFolder);
  CHECK(fixture.restore_trash(id, "").error().code == ErrorCode::kInvalid);
  CHECK(fixture.restore_trash(id + 100).error().code == ErrorCode::kNotFound);
  REQUIRE(fixture.restore_trash(id, "e/a"));
  CHECK(fixture.restore_trash(id).error().code == ErrorCode::kNotFound);
  fixture.check_catalog();
}

TEST_CASE("restore from the trash: the same request twice is done once") {
  HistoryFixture fixture;
  REQUIRE(fixture.put("a", "one"));
  REQUIRE(fixture.remove("a"));
  REQUIRE(fixture.put("a", "two"));
  const auto id = random_bytes<16>();
  const auto item = fixture.trash_id("a");
  const auto once = fixture.restore_trash(item, std::nullopt, id);
  const auto again = fixture.restore_trash(item, std::nullopt, id);
  REQUIRE(again);
  CHECK(again->path == "a (restored)");
  CHECK(again->change == once->change);
}

TEST_CASE("empty: all, some, and what is older") {
  HistoryFixture fixture;
  for (const auto* name : {"a", "b", "c", "d"}) {
    REQUIRE(fixture.put(name, name));
    REQUIRE(fixture.remove(name));
    fixture.clock.advance(kSecondNs);
  }
  CHECK(fixture.empty({fixture.trash_id("b"), 12345})->count == 1);
  const auto removed = fixture.trash().front().removed;
  CHECK(fixture.empty({fixture.trash_id("d")}, removed)->count == 0);
  CHECK(fixture.empty({}, removed)->count == 2);
  REQUIRE(fixture.trash().size() == 1);
  CHECK(fixture.trash()[0].path == "d");
  fixture.check_catalog();
  CHECK(fixture.empty()->count == 1);
  CHECK(fixture.trash().empty());
  CHECK(fixture.restore("d").error().code == ErrorCode::kNotFound);
  fixture.check_catalog();
}

TEST_CASE("empty: the same request twice empties once, and an empty trash is no change") {
  HistoryFixture fixture;
  REQUIRE(fixture.put("a", "one"));
  REQUIRE(fixture.remove("a"));
  const auto id = random_bytes<16>();
  const auto once = fixture.empty({}, std::nullopt, id);
  REQUIRE(fixture.put("b", "two"));
  REQUIRE(fixture.remove("b"));
  const auto again = fixture.empty({}, std::nullopt, id);
  REQUIRE(again);
  CHECK(again->count == 1);
  CHECK(again->change == once->change);
  CHECK(fixture.trash().size() == 1);
  const auto last = fixture.empty();
  CHECK(fixture.empty()->change == last->change);
}

}  // namespace ndisk::storage
