#include <cerrno>

#include "tests/storage/history_fixture.hpp"

namespace ndisk::storage {

TEST_CASE("versions: newest first, with what each was") {
  HistoryFixture fixture;
  REQUIRE(fixture.put("a", "one"));
  fixture.clock.advance(kSecondNs);
  const auto second = fixture.put("a", "second");
  const auto found = fixture.drive->versions(fixture.actor, at("a"), 0, 10);
  REQUIRE(found);
  REQUIRE(found->size() == 2);
  const auto& newest = found->at(0);
  CHECK(newest.version == second->version);
  CHECK(newest.current);
  CHECK(newest.size == 6);
  CHECK(newest.sha256 == sha256(to_bytes("second")));
  CHECK(newest.device_name == "local");
  CHECK(newest.change == second->change);
  CHECK(newest.kind == Kind::kFile);
  CHECK(newest.attributes.mode == 0640);
  CHECK(newest.created == fixture.clock.now());
  CHECK_FALSE(found->at(1).current);
  CHECK(found->at(1).created == fixture.clock.now() - kSecondNs);
}

TEST_CASE("versions: come in pages") {
  HistoryFixture fixture;
  std::vector<std::uint64_t> made;
  for (int i = 0; i < 7; ++i) made.insert(made.begin(), fixture.put_version("a", std::to_string(i)));
  REQUIRE(fixture.put("b", "other"));
  std::vector<std::uint64_t> read;
  for (std::uint64_t before = 0;;) {
    const auto page = fixture.drive->versions(fixture.actor, at("a"), before, 3);
    REQUIRE(page);
    if (page->empty()) break;
    for (const auto& version : *page) read.push_back(version.version);
    before = read.back();
  }
  CHECK(read == made);
}

TEST_CASE("versions: of a folder, of the drive and of nothing are errors") {
  HistoryFixture fixture;
  REQUIRE(fixture.put("d/a", "one"));
  CHECK(fixture.drive->versions(fixture.actor, at("d"), 0, 10).error().code == ErrorCode::kIsFolder);
  CHECK(fixture.drive->versions(fixture.actor, at(""), 0, 10).error().code == ErrorCode::kIsFolder);
  CHECK(fixture.drive->versions(fixture.actor, at("b"), 0, 10).error().code == ErrorCode::kNotFound);
}

TEST_CASE("open: a version of the path, and no other file's") {
  HistoryFixture fixture;
  const auto first = fixture.put_version("a", "one");
  REQUIRE(fixture.put("a", "two"));
  const auto other = fixture.put_version("b", "three");
  CHECK(fixture.content(OpenTarget{at("a"), first}) == "one");
  const auto refused = fixture.drive->open_file(fixture.actor, OpenTarget{at("a"), other});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == ErrorCode::kNotFound);
  CHECK(refused.error().message ==
        "version " + std::to_string(other) + " is not one of a's; ndisk versions a lists them");
  CHECK(fixture.drive->open_file(fixture.actor, OpenTarget{at("c"), first}).error().code == ErrorCode::kNotFound);
}

TEST_CASE("open: says whether it is the current one, and of which kind") {
  HistoryFixture fixture;
  const auto first = fixture.put_version("a", "one");
  auto link = fixture.small("a", to_bytes("target"));
  link.kind = Kind::kLink;
  const auto second = fixture.put(link);
  REQUIRE(second);
  const auto open = [&](OpenTarget target) {
    auto reader = fixture.drive->open_file(fixture.actor, target);
    REQUIRE(reader);
    return std::move(*reader);
  };
  CHECK(open({at("a"), {}})->is_current());
  CHECK(open({at("a"), {}})->kind() == Kind::kLink);
  CHECK(open({at("a"), second->version})->is_current());
  CHECK(open({{}, second->version})->is_current());
  CHECK_FALSE(open({at("a"), first})->is_current());
  CHECK_FALSE(open({{}, first})->is_current());
  CHECK(open({{}, first})->kind() == Kind::kFile);
  REQUIRE(fixture.remove("a"));
  CHECK_FALSE(open({{}, second->version})->is_current());
}

TEST_CASE("open: a version of something in the trash by its number, until that is emptied") {
  HistoryFixture fixture;
  const auto version = fixture.put_version("d/a", "one");
  REQUIRE(fixture.remove("d", true));
  CHECK(fixture.content(OpenTarget{{}, version}) == "one");
  REQUIRE(fixture.empty());
  CHECK(fixture.content(OpenTarget{{}, version}) == "error not_found");
}

TEST_CASE("open: what is cached is forgotten when somebody wants the disk's word") {
  HistoryFixture fixture;
  REQUIRE(fixture.put("a", "one"));
  const auto reader = fixture.drive->open_file(fixture.actor, OpenTarget{at("a"), {}});
  REQUIRE(reader);
  (*reader)->forget_cached();
  CHECK(fixture.files.calls(Call::kForgetCached) == 1);
}

TEST_CASE("restore: the version before, as a new one that shares its content") {
  HistoryFixture fixture;
  const auto first = fixture.put("a", "one");
  const auto second = fixture.put("a", "second");
  const auto placed = fixture.restore("a");
  REQUIRE(placed);
  CHECK(placed->path == "a");
  CHECK(placed->change == second->change + 1);
  CHECK(fixture.content("a") == "one");
  CHECK(fixture.versions("a").size() == 3);
  CHECK(fixture.object_files().size() == 2);
  const auto status = fixture.drive->status();
  CHECK(status->bytes == 3);
  CHECK(status->stored_bytes == 9);
  REQUIRE(fixture.restore("a"));
  CHECK(fixture.content("a") == "second");
  REQUIRE(fixture.drive->flush_tree());
  CHECK(DriveFixture::read_file(fixture.data("tree/owner/a")) == "second");
  fixture.check_catalog();
}

TEST_CASE("restore: mtime, mode and kind are those of the version") {
  HistoryFixture fixture;
  auto link = fixture.small("a", to_bytes("target"), 17);
  link.kind = Kind::kLink;
  const auto first = fixture.put(link);
  REQUIRE(first);
  REQUIRE(fixture.put("a", "second"));
  REQUIRE(fixture.restore("a", first->version));
  const auto listed = fixture.drive->list(fixture.actor, {});
  REQUIRE(listed->entries.size() == 1);
  CHECK(listed->entries[0].kind == Kind::kLink);
  CHECK(listed->entries[0].attributes == Attributes{17, 0777});
  REQUIRE(fixture.drive->flush_tree());
  CHECK_FALSE(std::filesystem::exists(fixture.data("tree/owner/a")));
  fixture.check_catalog();
}

TEST_CASE("restore: what can't be") {
  HistoryFixture fixture;
  REQUIRE(fixture.put("d/a", "one"));
  const auto other = fixture.put_version("b", "other");
  CHECK(fixture.restore("d/a").error().code == ErrorCode::kNotFound);
  CHECK(fixture.restore("d/a").error().message == "d/a has no earlier version");
  CHECK(fixture.restore("d/a", other).error().message ==
        "version " + std::to_string(other) + " is not one of d/a's; ndisk versions d/a lists them");
  CHECK(fixture.restore("d").error().code == ErrorCode::kIsFolder);
  CHECK(fixture.restore("").error().code == ErrorCode::kIsFolder);
  CHECK(fixture.restore("c").error().code == ErrorCode::kNotFound);
  CHECK(fixture.restore("c", other).error().code == ErrorCode::kNotFound);
}

TEST_CASE("restore: the same request twice makes one version") {
  HistoryFixture fixture;
  REQUIRE(fixture.put("a", "one"));
  REQUIRE(fixture.put("a", "two"));
  const auto id = random_bytes<16>();
  const auto once = fixture.restore("a", std::nullopt, id);
  const auto again = fixture.restore("a", std::nullopt, id);
  REQUIRE(again);
  CHECK(again->change == once->change);
  CHECK(again->path == "a");
  CHECK(fixture.versions("a").size() == 3);
  CHECK(fixture.remove("a", false, id).error().code == ErrorCode::kInvalid);
}

TEST_CASE("restore: damaged content does not become current") {
  HistoryFixture fixture;
  const auto first = fixture.put("a", "one");
  REQUIRE(fixture.put("a", "two"));
  for (const auto& file : fixture.object_files()) {
    if (file.find(to_hex(first->sha256)) != file.npos) std::filesystem::remove(file);
  }
  const auto refused = fixture.restore("a");
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == ErrorCode::kIntegrity);
  CHECK(fixture.content("a") == "two");
  CHECK(fixture.versions("a").size() == 2);
  REQUIRE(fixture.put("b", "one"));
  REQUIRE(fixture.restore("a"));
  CHECK(fixture.content("a") == "one");
  fixture.check_catalog();
}

TEST_CASE("restore: where nothing stands, the newest of that path comes out of the trash") {
  HistoryFixture fixture;
  REQUIRE(fixture.put("d/a", "one"));
  const auto second = fixture.put_version("d/a", "two");
  REQUIRE(fixture.remove("d/a"));
  REQUIRE(fixture.put("d/a", "three"));
  REQUIRE(fixture.put("d/a", "four"));
  REQUIRE(fixture.remove("d", true));
  CHECK(fixture.restore("d/a", second).error().code == ErrorCode::kNotFound);
  const auto placed = fixture.restore("d/a");
  REQUIRE(placed);
  CHECK(placed->path == "d/a");
  CHECK(fixture.content("d/a") == "two");
  CHECK(fixture.versions("d/a").size() == 2);
  REQUIRE(fixture.drive->flush_tree());
  CHECK(DriveFixture::read_file(fixture.data("tree/owner/d/a")) == "two");
  fixture.check_catalog();
}

}  // namespace ndisk::storage
