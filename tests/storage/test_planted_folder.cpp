#include "tests/storage/check_fixture.hpp"

namespace ndisk::storage {
namespace {

namespace fs = std::filesystem;

// A drive with a folder of its objects that is moved away while it is served; a link to where it is stands in its
// place.
class PlantedFixture : public CheckFixture {
 public:
  PlantedFixture() { fs::create_directory(outside()); }

  void plant(const Digest& sha256) {
    planted_ = data("objects/" + to_hex(sha256).substr(0, 2));
    fs::rename(planted_, outside() + "/moved");
    fs::create_directory_symlink(outside() + "/moved", planted_);
  }
  void put_back() {
    fs::remove(planted_);
    fs::rename(outside() + "/moved", planted_);
  }
  [[nodiscard]] std::size_t files_outside() const {
    const fs::directory_iterator all(outside() + "/moved");
    return static_cast<std::size_t>(std::distance(begin(all), end(all)));
  }

 private:
  [[nodiscard]] std::string outside() const { return folder.path() + "/outside"; }

  std::string planted_;
};

}  // namespace

TEST_CASE("planted folder: what a collection would free behind it stays, and that is told") {
  PlantedFixture fixture;
  REQUIRE(fixture.put("a", "content"));
  fixture.edit_catalog("DELETE FROM versions; DELETE FROM nodes; UPDATE objects SET refs = 0");
  fixture.plant(sha256(to_bytes("content")));
  const auto collected = fixture.drive->collect();
  REQUIRE_FALSE(collected);
  CHECK_THAT(collected.error().message, Catch::Contains("objects/"));
  CHECK(fixture.files_outside() == 1);
  fixture.put_back();
  CHECK(fixture.drive->collect());
  CHECK(fixture.object_files().empty());
}

TEST_CASE("planted folder: a repair moves nothing to the quarantine from behind it, and tells of it") {
  PlantedFixture fixture;
  REQUIRE(fixture.put("a", "content"));
  fixture.rot(fixture.object_file("content"));
  CHECK(fixture.check({.read_data = true}).report.damage == 1);
  fixture.plant(sha256(to_bytes("content")));
  CHECK(fixture.repair().report.damage > 0);
  CHECK(fixture.files_outside() == 1);
}

TEST_CASE("planted folder: no upload is linked into it, whenever it was planted") {
  PlantedFixture fixture;
  const auto content = pattern(100'000);
  auto writer = fixture.writer(fixture.large("a", content.size()));
  REQUIRE(writer->append(0, content));
  fixture.files.before_call(Call::kLink, 1, [&] { fixture.plant(sha256(content)); });
  CHECK_FALSE(fixture.commit(std::move(writer), content));
  CHECK(fixture.files_outside() == 0);
  fixture.put_back();
  fixture.files.heal();
  CHECK(fixture.upload("a", content));
}

TEST_CASE("planted folder: content behind it is neither served nor taken for missing by a check") {
  PlantedFixture fixture;
  REQUIRE(fixture.put("a", "content"));
  fixture.plant(sha256(to_bytes("content")));
  const auto checked = fixture.check();
  CHECK(checked.report.damage > 0);
  CHECK_THAT(checked.causes(), Catch::Contains("symbolic links"));
  CHECK(fixture.content("a") == "error integrity");
  fixture.put_back();
  CHECK(fixture.repair().report.damage > 0);
  CHECK(fixture.content("a") == "content");
  fixture.check_clean();
}

TEST_CASE("planted folder: a replaced file of the tree is found, though its object is behind it") {
  PlantedFixture fixture;
  REQUIRE(fixture.put("a", "content"));
  REQUIRE(fixture.drive->flush_tree());
  fixture.plant(sha256(to_bytes("content")));
  const auto shown = fixture.data("tree/owner/a");
  REQUIRE(fs::remove(shown));
  const auto* text = GENERATE("longer content", "CONTENT");
  std::ofstream(shown, std::ios::binary) << text;
  for (const bool repair : {false, true}) {
    const auto checked = fixture.check({.repair = repair});
    INFO(checked.causes());
    CHECK_THAT(checked.lines(), Catch::VectorContains(std::string("tree owner:a")));
  }
  CHECK(fixture.read_file(fs::exists(shown) ? shown : fixture.data("quarantine/a")) == text);
}

}  // namespace ndisk::storage
