// What it costs to name damage and to mend it: the versions of an object are found by a walk through all versions.
#include <mutex>

#include "tests/storage/check_fixture.hpp"

namespace ndisk::storage {
namespace {

using Lines = std::vector<std::string>;

constexpr int kFiles = 1100;  // some times what a check looks at in one go

std::string content_of(int file) { return "content " + std::to_string(file); }

class DamageFixture : public CheckFixture {
 public:
  // Its threads are heard until then.
  ~DamageFixture() { drive.reset(); }
  void lose_many_files() {
    for (int i = 0; i < kFiles; ++i) REQUIRE(put("f" + std::to_string(i), content_of(i)));
    for (const auto& file : object_files()) std::filesystem::remove(file);
  }
  // How many objects were looked at when each file was named.
  std::vector<std::uint64_t> name_all(TimeNs between_steps) {
    auto check = drive->check({});
    REQUIRE(check);
    std::vector<std::uint64_t> looked_at;
    for (bool more = true; more;) {
      std::vector<Finding> found;
      const auto step = (*check)->step(found);
      REQUIRE(step);
      looked_at.resize(looked_at.size() + found.size(), (*check)->report().objects);
      clock.advance(between_steps);
      more = *step;
    }
    return looked_at;
  }
  // From now on, what is asked of the catalog is heard.
  void listen() {
    options.on_statement = [this](const std::string& sql) {
      const std::scoped_lock lock(mutex_);
      heard_.push_back(sql);
    };
    reopen();
  }
  [[nodiscard]] Lines heard(const std::string& part) {
    const std::scoped_lock lock(mutex_);
    Lines found;
    std::ranges::copy_if(heard_, std::back_inserter(found),
                         [&](const std::string& sql) { return sql.find(part) != sql.npos; });
    return found;
  }

 private:
  std::mutex mutex_;
  Lines heard_;
};

}  // namespace

TEST_CASE("check: much damage that is found within a moment is named together") {
  DamageFixture fixture;
  fixture.lose_many_files();
  const auto looked_at = fixture.name_all(0);
  REQUIRE(looked_at.size() == kFiles);
  // The first is told of at once.
  CHECK(looked_at.front() < kFiles);
  CHECK(std::ranges::count_if(looked_at, [](auto count) { return count < kFiles; }) <= kFiles / 2);
}

TEST_CASE("check: damage is not kept for the end of a check that takes long") {
  DamageFixture fixture;
  fixture.lose_many_files();
  const auto looked_at = fixture.name_all(kSecondNs);
  REQUIRE(looked_at.size() == kFiles);
  CHECK(std::ranges::count_if(looked_at, [](auto count) { return count < kFiles; }) > kFiles / 2);
}

TEST_CASE("check: a repair does not go through all versions for each damaged object") {
  DamageFixture fixture;
  REQUIRE(fixture.put("a", "lost"));
  REQUIRE(fixture.put("b", "hers, too"));
  const auto files = fixture.object_files();
  REQUIRE(fixture.drive->accounts().create_user("ann", std::nullopt));
  fixture.become("ann");
  REQUIRE(fixture.put("hers", "hers, too"));
  fixture.listen();
  for (const auto& file : files) std::filesystem::remove(file);
  const auto repaired = fixture.repair();
  CHECK(repaired.report.damage == 2);
  CHECK(repaired.report.mended == 1);
  CHECK_FALSE(fixture.heard("FROM versions WHERE id = ? AND object = ?").empty());
  CHECK(fixture.heard("FROM versions WHERE object = ?").empty());
}

TEST_CASE("check: all of many versions of a damaged object are healed") {
  DamageFixture fixture;
  for (int i = 0; i < 300; ++i) REQUIRE(fixture.put("f" + std::to_string(i), "same"));
  const auto lost = fixture.object_file("same");
  const auto owner = fixture.actor;
  REQUIRE(fixture.drive->accounts().create_user("ann", std::nullopt));
  fixture.become("ann");
  REQUIRE(fixture.put("hers", "same"));
  std::filesystem::remove(lost);
  const auto repaired = fixture.repair();
  CHECK(repaired.report.damage == repaired.report.mended);
  fixture.actor = owner;
  CHECK(fixture.content("f0") == "same");
  CHECK(fixture.content("f299") == "same");
  fixture.check_clean();
}

TEST_CASE("check: damage in the trash is named by where it was, in one walk through the trash") {
  DamageFixture fixture;
  REQUIRE(fixture.put("folder/a", "one"));
  REQUIRE(fixture.put("folder/b", "two"));
  REQUIRE(fixture.put("c", "three"));
  REQUIRE(fixture.remove("folder", true));
  REQUIRE(fixture.remove("c"));
  for (const auto& file : fixture.object_files()) std::filesystem::remove(file);
  fixture.listen();
  const auto lines = fixture.check().lines();
  CHECK(lines == Lines{"object owner:folder/a v1", "object owner:folder/b v2", "object owner:c v3"});
  CHECK(fixture.heard("FROM trash WHERE user = ? AND node").empty());
}

TEST_CASE("check: a wrong number of references is mended without a walk through all versions while the writer waits") {
  DamageFixture fixture;
  REQUIRE(fixture.put("a", "same"));
  REQUIRE(fixture.put("b", "same"));
  fixture.listen();
  fixture.edit_catalog("UPDATE objects SET refs = 7");
  const auto repaired = fixture.repair();
  CHECK(repaired.report.mended == 1);
  CHECK(fixture.heard("FROM versions WHERE object = ?").empty());
  fixture.check_clean();
}

}  // namespace ndisk::storage
