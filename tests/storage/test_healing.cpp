#include <thread>

#include "tests/storage/check_fixture.hpp"

namespace ndisk::storage {

TEST_CASE("healing: a put of the same content heals every version of it, for readers at once") {
  CheckFixture fixture;
  REQUIRE(fixture.put("a", "content"));
  REQUIRE(fixture.put("b/c", "content"));
  REQUIRE(fixture.put("a", "other"));
  fixture.rot(fixture.object_file("content"));
  REQUIRE(fixture.check({.read_data = true}).report.damage == 2);
  CHECK(fixture.content("b/c") == "error integrity");
  REQUIRE(fixture.put("somewhere/else", "content"));
  CHECK(fixture.content("b/c") == "content");
  const auto versions = fixture.versions("a");
  CHECK(fixture.content(OpenTarget{at("a"), versions.back()}) == "content");
}

TEST_CASE("healing: content that is damaged is not held, so a large upload of it sends it again") {
  CheckFixture fixture;
  const auto content = pattern(300'000);
  REQUIRE(fixture.upload("a", content));
  fixture.rot(fixture.object_file(as_text(content)));
  REQUIRE(fixture.check({.read_data = true}).report.damage == 1);
  auto offer = fixture.large("b", content.size());
  offer.sha256 = sha256(content);
  auto answer = fixture.offer(offer);
  REQUIRE(answer);
  CHECK_FALSE(answer->committed);
  REQUIRE(answer->writer);
  REQUIRE(answer->writer->append(0, content));
  REQUIRE(fixture.commit(std::move(answer->writer), content));
  CHECK(fixture.content("a") == as_text(content));
}

TEST_CASE("healing: the collector moves versions to the healthy content, shows it in the tree and frees the damaged") {
  CheckFixture fixture;
  REQUIRE(fixture.put("a", "content"));
  REQUIRE(fixture.put("b/c", "content"));
  fixture.rot(fixture.object_file("content"));
  REQUIRE(fixture.check({.read_data = true}).report.damage == 2);
  REQUIRE(fixture.put("d", "content"));
  fixture.collect();
  REQUIRE(fixture.drive->flush_tree());
  for (const auto* path : {"a", "b/c", "d"}) {
    CHECK(fixture.content(path) == "content");
    CHECK(fixture.read_file(fixture.data("tree/owner/") + path) == "content");
  }
  CHECK(fixture.object_files().size() == 1);
  fixture.check_collected();
  fixture.check_clean();
}

TEST_CASE("healing: the collector counts what is damaged and nothing heals") {
  CheckFixture fixture;
  REQUIRE(fixture.put("a", "content"));
  REQUIRE(fixture.put("b", "more"));
  CHECK(fixture.collect().damaged == 0);
  for (const auto* content : {"content", "more"}) fixture.rot(fixture.object_file(content));
  REQUIRE(fixture.check({.read_data = true}).report.damage == 2);
  CHECK(fixture.collect().damaged == 2);
  REQUIRE(fixture.put("c", "content"));
  const auto collected = fixture.collect();
  CHECK(collected.damaged == 1);
  CHECK(collected.newly_damaged == 0);
}

TEST_CASE("healing: the collector counts what it finds damaged where it was to heal others") {
  CheckFixture fixture;
  REQUIRE(fixture.put("a", "content"));
  fixture.rot(fixture.object_file("content"));
  REQUIRE(fixture.check({.read_data = true}).report.damage == 1);
  REQUIRE(fixture.put("b", "content"));
  for (const auto& file : fixture.object_files()) fixture.rot(file);
  const auto collected = fixture.collect();
  CHECK(collected.newly_damaged == 1);
  CHECK(collected.damaged == 2);
}

TEST_CASE("healing: a repair takes the content from another user, and puts the damaged file aside") {
  CheckFixture fixture;
  REQUIRE(fixture.put("a", "content"));
  const auto damaged = fixture.object_file("content");
  fixture.rot(damaged);
  REQUIRE(fixture.check({.read_data = true}).report.damage == 1);
  const auto owner = fixture.actor;
  REQUIRE(fixture.drive->accounts().create_user("ann", std::nullopt));
  fixture.become("ann");
  REQUIRE(fixture.put("hers", "content"));
  fixture.actor = owner;
  const auto checked = fixture.repair();
  INFO(checked.causes());
  REQUIRE(checked.report.mended == 1);
  CHECK_THAT(checked.causes(), !Catch::Contains("ann"));
  CHECK(fixture.content("a") == "content");
  CHECK(std::filesystem::exists(fixture.data("quarantine/") + std::filesystem::path(damaged).filename().string()));
  REQUIRE(fixture.drive->flush_tree());
  CHECK(fixture.read_file(fixture.data("tree/owner/a")) == "content");
  fixture.collect();
  fixture.check_collected();
  fixture.check_clean();
}

TEST_CASE("healing: a copy that is damaged itself heals nothing") {
  CheckFixture fixture;
  REQUIRE(fixture.put("a", "content"));
  fixture.rot(fixture.object_file("content"));
  REQUIRE(fixture.check({.read_data = true}).report.damage == 1);
  const auto owner = fixture.actor;
  REQUIRE(fixture.drive->accounts().create_user("ann", std::nullopt));
  fixture.become("ann");
  REQUIRE(fixture.put("hers", "content"));
  for (const auto& file : fixture.object_files()) fixture.rot(file);
  fixture.actor = owner;
  const auto checked = fixture.repair();
  CHECK(checked.report.damage == 1);
  CHECK(checked.report.mended == 0);
  CHECK(fixture.content("a") == "error integrity");
  CHECK(fixture.staged_files() == 0);
}

TEST_CASE("healing: a copy that can't be read is said, and the repair goes on behind it") {
  CheckFixture fixture;
  REQUIRE(fixture.put("a", "content"));
  REQUIRE(fixture.put("b", "more"));
  for (const auto* content : {"content", "more"}) std::filesystem::remove(fixture.object_file(content));
  REQUIRE(fixture.check().report.damage == 2);
  const auto owner = fixture.actor;
  REQUIRE(fixture.drive->accounts().create_user("ann", std::nullopt));
  fixture.become("ann");
  REQUIRE(fixture.put("hers", "content"));
  REQUIRE(fixture.put("also hers", "more"));
  fixture.actor = owner;
  fixture.files.fail_call(Call::kRead, EIO);
  const auto checked = fixture.repair();
  CHECK(checked.report.damage == 2);
  CHECK(checked.report.mended == 1);
  CHECK_THAT(checked.causes(), Catch::Contains("could not be mended"));
  CHECK(fixture.content("b") == "more");
  CHECK(fixture.repair().report.mended == 1);
  fixture.check_clean();
}

TEST_CASE("healing: what can't be mended is put aside and leaves the tree, until the content is put again") {
  CheckFixture fixture;
  REQUIRE(fixture.put("a", "content"));
  REQUIRE(fixture.drive->flush_tree());
  fixture.rot(fixture.object_file("content"));
  REQUIRE(fixture.check({.read_data = true}).report.damage == 1);
  CHECK(fixture.repair().report.mended == 0);
  CHECK(fixture.object_files().empty());
  REQUIRE(fixture.drive->flush_tree());
  CHECK_FALSE(std::filesystem::exists(fixture.data("tree/owner/a")));
  REQUIRE(fixture.put("b", "content"));
  fixture.collect();
  REQUIRE(fixture.drive->flush_tree());
  CHECK(fixture.read_file(fixture.data("tree/owner/a")) == "content");
  fixture.check_clean();
}

TEST_CASE("healing: content that came back, as from a backup, is served again after a repair") {
  CheckFixture fixture;
  REQUIRE(fixture.put("a", "content"));
  const auto file = fixture.object_file("content");
  std::filesystem::rename(file, file + ".away");
  REQUIRE(fixture.check().report.damage == 1);
  std::filesystem::rename(file + ".away", file);
  CHECK_THAT(fixture.check({.read_data = true}).causes(), Catch::Contains("whole again"));
  CHECK(fixture.content("a") == "error integrity");
  CHECK(fixture.repair().report.mended == 1);
  CHECK(fixture.content("a") == "content");
  fixture.check_clean();
}

TEST_CASE("check: content that the disk can't read is said of each file that it is in, and is left where it is") {
  CheckFixture fixture;
  const auto version = fixture.put_version("a", "content");
  const auto file = fixture.object_file("content");
  fixture.files.fail_call(Call::kRead, EIO);
  const auto checked = fixture.check({.read_data = true, .repair = true});
  CHECK(checked.lines() == std::vector<std::string>{"object owner:a v" + std::to_string(version)});
  CHECK_THAT(checked.causes(), Catch::Contains(file.substr(file.find("objects/"))));
  CHECK(fixture.read_file(file) == "content");
  fixture.files.heal();
  fixture.check_clean();
}

TEST_CASE("scrub: damage is named long before the end of the round") {
  CheckFixture fixture;
  for (int i = 0; i < 600; ++i) REQUIRE(fixture.put("f" + std::to_string(i), "content " + std::to_string(i)));
  fixture.rot(fixture.object_file("content 7"));
  auto check = fixture.drive->check({.read_data = true, .purpose = CheckPurpose::kScrub});
  REQUIRE(check);
  std::vector<Finding> found;
  for (bool more = true; more && found.empty();) {
    const auto step = (*check)->step(found);
    REQUIRE(step);
    more = *step;
  }
  REQUIRE(found.size() == 1);
  CHECK(found.front().path == "f7");
  CHECK((*check)->report().objects < 600);
}

TEST_CASE("check: content that is collected while it is looked at is no damage") {
  CheckFixture fixture;
  REQUIRE(fixture.put("a", "content"));
  REQUIRE(fixture.remove("a"));
  REQUIRE(fixture.empty());
  REQUIRE(fixture.drive->flush_tree());
  auto check = fixture.drive->check({.read_data = true});
  REQUIRE(check);
  std::vector<Finding> found;
  while ((*check)->progress().phase != "reading") REQUIRE((*check)->step(found));
  fixture.files.before_call(Call::kOpen, 1, [&] { std::thread([&] { fixture.collect(); }).join(); });
  for (bool more = true; more;) {
    const auto step = (*check)->step(found);
    REQUIRE(step);
    more = *step;
  }
  CHECK(fixture.object_files().empty());
  CHECK(found.empty());
}

TEST_CASE("scrub: its round is seen in the status, goes on after an interruption and ends") {
  CheckFixture fixture;
  for (int i = 0; i < 300; ++i) REQUIRE(fixture.put("f" + std::to_string(i), "content " + std::to_string(i)));
  CHECK_FALSE(fixture.drive->status()->scrub_started);
  const CheckRequest scrub{.read_data = true, .purpose = CheckPurpose::kScrub};
  std::vector<Finding> found;
  {
    auto check = fixture.drive->check(scrub);
    REQUIRE(check);
    while ((*check)->report().objects < 100) REQUIRE((*check)->step(found));
  }
  fixture.reopen();
  const auto begun = fixture.drive->status()->scrub_started;
  REQUIRE(begun);
  CHECK(fixture.drive->status()->scrub_read_bytes > 0);
  fixture.clock.advance(kSecondNs);
  fixture.rot(fixture.object_file("content 299"));
  const auto checked = fixture.check(scrub);
  CHECK(checked.report.skipped_bytes > 0);
  CHECK(checked.report.damage == 1);
  const auto status = fixture.drive->status();
  CHECK_FALSE(status->scrub_started);
  CHECK(status->scrub_ended == *begun + kSecondNs);
  CHECK(status->damaged_objects == 1);
  CHECK(status->damaged_versions == 1);
}

}  // namespace ndisk::storage
