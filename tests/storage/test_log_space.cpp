// The room that the catalog's log takes on the disk: what a large change made of it is given back.
#include <sys/stat.h>

#include "tests/storage/crash_copy.hpp"
#include "tests/storage/drive_fixture.hpp"
#include "tests/storage/queue_fixture.hpp"

namespace ndisk::storage {
namespace {

constexpr std::uint64_t kSlack = 1 << 20;  // pages of the little that is written besides

std::uint64_t size_of(const std::string& path) {
  struct stat status {};
  REQUIRE(::stat(path.c_str(), &status) == 0);
  return static_cast<std::uint64_t>(status.st_size);
}

std::uint64_t log_size(const QueueFixture& fixture) { return size_of(fixture.directory.catalog_path() + "-wal"); }

// Writes this much, more than any cache of the database keeps.
void write_mebibytes(WriteContext& context, int count) {
  const Bytes mebibyte(1 << 20, 'x');
  for (int i = 0; i < count; ++i) {
    context.database.run("INSERT INTO outbox (user, op, path) VALUES (1, 2, ?)", ByteView(mebibyte));
  }
}

void fill_log_in_vain(QueueFixture& fixture, int mebibytes) {
  std::uint64_t longest = 0;
  auto failed = fixture.submit([&](WriteContext& context) -> Result<int> {
    write_mebibytes(context, mebibytes);
    longest = log_size(fixture);
    context.database.fail({ErrorCode::kNoSpace, "the disk is full"});
    return 0;
  });
  REQUIRE_FALSE(failed.get());
  REQUIRE(longest > kLogBytes + 8 * kSlack);
}

}  // namespace

TEST_CASE("log space: a change that failed gives back what it made the log grow by") {
  QueueFixture fixture;
  REQUIRE(fixture.submit([](WriteContext&) -> Result<int> { return 1; }).get());
  REQUIRE(fixture.submit([](WriteContext& context) { return set_counter(context, "before"); }).get());
  fill_log_in_vain(fixture, 40);
  CHECK(log_size(fixture) <= kLogBytes);
  CHECK(fixture.counter("before") == 1);
  REQUIRE(fixture.submit([](WriteContext& context) { return set_counter(context, "after"); }).get());
  fixture.queue->stop();
  auto database = Database::open(fixture.directory.catalog_path(), DatabaseMode::kExisting);
  REQUIRE(database);
  auto query = (*database)->query("SELECT count(*) FROM counters WHERE name IN ('before', 'after')");
  REQUIRE(query.step());
  CHECK(query.integer(0) == 2);
}

TEST_CASE("log space: what was committed stays in a log that a change grew in vain") {
  QueueFixture fixture;
  REQUIRE(fixture
              .submit([](WriteContext& context) -> Result<int> {
                write_mebibytes(context, 20);
                return 1;
              })
              .get());
  const auto committed = log_size(fixture);
  fill_log_in_vain(fixture, 40);
  CHECK(log_size(fixture) <= committed);
  const auto rows = fixture.catalog->read([](Database& database) -> Result<std::int64_t> {
    auto query = database.query("SELECT sum(length(path)) FROM outbox");
    return query.step() ? query.integer(0) : 0;
  });
  REQUIRE(rows);
  CHECK(*rows == 20 << 20);
}

TEST_CASE("log space: a log that was moved is not kept longer than it may be before it is") {
  QueueFixture fixture;
  REQUIRE(fixture
              .submit([](WriteContext& context) -> Result<int> {
                write_mebibytes(context, 40);
                return 1;
              })
              .get());
  REQUIRE(log_size(fixture) > kLogBytes + 8 * kSlack);
  REQUIRE(fixture.catalog->writer().checkpoint());
  REQUIRE(fixture.submit([](WriteContext& context) { return set_counter(context, "after"); }).get());
  CHECK(log_size(fixture) <= kLogBytes);
}

TEST_CASE("log space: a start gives back what a change that a crash ended had made the log grow by") {
  DriveFixture fixture;
  REQUIRE(fixture.put("a", "content"));
  const auto crashed = fixture.folder.path() + "/crashed";
  copy_as_after_crash(fixture.options.data_directory, crashed);
  const auto log = crashed + "/ndisk.db-wal";
  {
    std::ofstream tail(log, std::ios::binary | std::ios::app);
    const std::string mebibyte(1 << 20, 'x');
    for (int i = 0; i < 40; ++i) tail << mebibyte;
  }
  DriveFixture again(crashed);
  CHECK(size_of(log) <= kLogBytes);
  CHECK(again.content("a") == "content");
}

}  // namespace ndisk::storage
