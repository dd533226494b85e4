#include <random>

#include "tests/storage/namespace_fixture.hpp"

namespace ndisk::storage {
namespace {

// One step of a random life; most steps that can't be are refused, and change nothing.
void step(NamespaceFixture& fixture, std::mt19937& random) {
  static const std::vector<std::string> kNames = {"a",   "b",   "c",     "d",     "a/a",   "a/b",     "b/a",
                                                  "b/c", "c/d", "a/b/c", "a/b/d", "b/c/d", "a/b/c/d", "c/d/a/b"};
  const auto any = [&] { return kNames[random() % kNames.size()]; };
  switch (random() % 11) {
    case 0:
    case 1:
    case 2: (void)fixture.put(any(), std::string(random() % 50, 'x')); break;
    case 3: (void)fixture.put_link(any(), "target"); break;
    case 4: (void)fixture.put(any(), std::string(random() % 5000, 'y')); break;
    case 5: (void)fixture.move(any(), any()); break;
    case 6: (void)fixture.move(NamespaceFixture::exactly(any(), any())); break;
    case 7: (void)fixture.copy(any(), any(), true); break;
    case 8: (void)fixture.make_folder(any()); break;
    case 9: (void)fixture.remove(any(), true); break;
    case 10: {
      const auto items = fixture.drive->trash(fixture.actor, 0, 10);
      if (!items || items->empty()) break;
      const auto id = (*items)[random() % items->size()].id;
      (void)wait_for<Placed>([&](auto done) {
        fixture.drive->restore_trash(fixture.actor, random_bytes<16>(), id, std::nullopt, std::move(done));
      });
      break;
    }
  }
}

}  // namespace

TEST_CASE("totals: after any sequence of changes they are what a recount gives") {
  const auto seed = GENERATE(1u, 2u, 3u, 4u, 5u, 6u, 7u, 8u);
  INFO("seed " << seed);
  std::mt19937 random(seed);
  NamespaceFixture fixture;
  for (int i = 0; i < 150; ++i) {
    step(fixture, random);
    if (i % 10 == 0) check_totals(fixture);
  }
  check_totals(fixture);
  const auto all = fixture.totals("");
  const auto status = fixture.drive->status();
  REQUIRE(status);
  CHECK(status->files == all.files);
  CHECK(status->bytes == all.bytes);
}

TEST_CASE("totals: changes that come together count as well as one by one") {
  NamespaceFixture fixture;
  constexpr int kChanges = 600;
  std::vector<std::promise<bool>> done(kChanges);
  std::mt19937 random(1);
  for (int i = 0; i < kChanges; ++i) {
    const auto finish = [&promise = done[i]](const auto& result) { promise.set_value(result.has_value()); };
    const auto folder = std::to_string(random() % 3);
    const auto deep = folder + "/" + std::to_string(random() % 3);
    if (i % 7 == 3) {
      fixture.drive->move(fixture.actor, NamespaceFixture::move_request(deep, std::to_string(random() % 3)), finish);
    } else if (i % 7 == 5) {
      fixture.drive->remove(fixture.actor, random_bytes<16>(), at(deep), true, finish);
    } else {
      auto file = fixture.small(deep + "/" + std::to_string(i), to_bytes(std::string(i % 40, 'x')));
      fixture.drive->put_small(fixture.actor, std::move(file), finish);
    }
  }
  for (auto& one : done) (void)one.get_future().get();
  check_totals(fixture);
}

TEST_CASE("totals: what was rolled back does not count") {
  NamespaceFixture fixture;
  REQUIRE(fixture.put("a/b/1", "123"));
  auto database = Database::open(fixture.data("ndisk.db"), DatabaseMode::kExisting);
  REQUIRE(database);
  (*database)->run("CREATE TRIGGER refuse BEFORE INSERT ON requests BEGIN SELECT RAISE(ABORT, 'no'); END");
  REQUIRE_FALSE((*database)->take_error());
  CHECK_FALSE(fixture.put("a/b/2", "12345"));
  CHECK_FALSE(fixture.move("a/b", "c"));
  CHECK_FALSE(fixture.copy("a", "c", true));
  CHECK_FALSE(fixture.remove("a", true));
  (*database)->run("DROP TRIGGER refuse");
  REQUIRE_FALSE((*database)->take_error());
  CHECK(fixture.totals("a") == Totals{1, 1, 3});
  REQUIRE(fixture.put("a/b/3", "1"));
  CHECK(fixture.totals("a") == Totals{2, 1, 4});
  check_totals(fixture);
}

TEST_CASE("totals: a removed folder's are those of the trash") {
  NamespaceFixture fixture;
  REQUIRE(fixture.put("a/b/1", "123"));
  REQUIRE(fixture.put("a/2", "45"));
  REQUIRE(fixture.remove("a", true));
  const auto items = fixture.drive->trash(fixture.actor, 0, 10);
  REQUIRE(items);
  REQUIRE(items->size() == 1);
  CHECK((*items)[0].files == 2);
  CHECK((*items)[0].bytes == 5);
  CHECK((*items)[0].kind == Kind::kFolder);
  CHECK(fixture.totals("") == Totals{});
  check_totals(fixture);
}

TEST_CASE("totals: another size of the same file counts once") {
  NamespaceFixture fixture;
  REQUIRE(fixture.put("a/b/1", "123456"));
  REQUIRE(fixture.put("a/b/1", "12"));
  CHECK(fixture.totals("a") == Totals{1, 1, 2});
  CHECK(fixture.totals("") == Totals{1, 2, 2});
}

}  // namespace ndisk::storage
