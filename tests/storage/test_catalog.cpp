// The catalog's connections: what a stop cuts short, and what can't be opened.
#include "storage/catalog.hpp"

#include <future>

#include "tests/catch.hpp"
#include "tests/storage/no_descriptors.hpp"
#include "tests/temporary_folder.hpp"

namespace ndisk::storage {
namespace {

constexpr char kCheck[] = "PRAGMA quick_check(nodes)";

struct CatalogFixture {
  CatalogFixture() {
    auto opened = Catalog::open(folder.path() + "/catalog.db");
    REQUIRE(opened);
    catalog = std::move(*opened);
  }

  // Rows of SQLite's own check; `begun` is called before the first.
  Result<int> check(const std::function<void()>& begun = [] {}) {
    return catalog->read_long([&](Database& database) -> Result<int> {
      auto query = database.query(kCheck);
      begun();
      int rows = 0;
      while (query.step()) ++rows;
      return rows;
    });
  }

  TemporaryFolder folder;
  std::unique_ptr<Catalog> catalog;
};

}  // namespace

TEST_CASE("catalog: a long read goes to its end while nothing stops") {
  CatalogFixture fixture;
  CHECK(fixture.check() == 1);
}

TEST_CASE("catalog: a stop ends a long read that is about to check a table") {
  CatalogFixture fixture;
  int rows = 0;
  const auto ended = fixture.catalog->read_long([&](Database& database) -> Result<void> {
    fixture.catalog->end_long_reads();
    auto query = database.query(kCheck);
    while (query.step()) ++rows;
    return {};
  });
  REQUIRE_FALSE(ended);
  CHECK(ended.error().code == ErrorCode::kShuttingDown);
  CHECK(rows == 0);
}

TEST_CASE("catalog: a stop ends a statement that would never end by itself") {
  CatalogFixture fixture;
  std::promise<void> runs;
  auto ended = std::async(std::launch::async, [&] {
    return fixture.catalog->read_long([&](Database& database) -> Result<void> {
      auto numbers = database.query("WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n");
      REQUIRE(numbers.step());
      runs.set_value();
      database.run("WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n WHERE i < 0");
      return {};
    });
  });
  runs.get_future().wait();
  fixture.catalog->end_long_reads();
  CHECK(ended.get().error().code == ErrorCode::kShuttingDown);
}

TEST_CASE("catalog: after a stop no long read begins, and others are answered") {
  CatalogFixture fixture;
  fixture.catalog->end_long_reads();
  bool begun = false;
  const auto refused = fixture.check([&] { begun = true; });
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == ErrorCode::kShuttingDown);
  CHECK_FALSE(begun);
  const auto value = fixture.catalog->read([](Database& database) -> Result<std::int64_t> {
    auto query = database.query("SELECT 7");
    return query.step() ? query.integer(0) : 0;
  });
  CHECK(value == 7);
}

TEST_CASE("catalog: a connection whose long read was ended is good for others") {
  CatalogFixture fixture;
  CHECK_FALSE(fixture.check([&] { fixture.catalog->end_long_reads(); }));
  const auto value = fixture.catalog->read([](Database& database) -> Result<std::int64_t> {
    auto query = database.query("SELECT 7");
    return query.step() ? query.integer(0) : 0;
  });
  CHECK(value == 7);
}

TEST_CASE("catalog: what can't be opened for want of descriptors may be asked again") {
  CatalogFixture fixture;
  auto count = [&] {
    return fixture.catalog->read([](Database& database) -> Result<std::int64_t> {
      auto query = database.query("SELECT count(*) FROM nodes");
      return query.step() ? query.integer(0) : -1;
    });
  };
  Result<std::int64_t> refused;
  {
    const NoDescriptors none;
    refused = count();
  }
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == ErrorCode::kBusy);
  CHECK(refused.error().retryable);
  CHECK(count());
}

}  // namespace ndisk::storage
