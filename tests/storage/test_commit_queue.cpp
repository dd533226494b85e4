#include <sys/resource.h>

#include <algorithm>
#include <atomic>

#include "tests/storage/drive_fixture.hpp"
#include "tests/storage/queue_fixture.hpp"

namespace ndisk::storage {

TEST_CASE("commit queue: a change that the database refuses fails alone, the rest of its group is committed") {
  QueueFixture fixture;
  fixture.hold_up();
  auto good = fixture.submit([](WriteContext& context) { return set_counter(context, "good"); });
  auto bad = fixture.submit([](WriteContext& context) -> Result<int> {
    context.database.run("INSERT INTO counters (name, value) VALUES ('bad', NULL)");
    return 1;
  });
  auto also_good = fixture.submit([](WriteContext& context) { return set_counter(context, "also good"); });
  fixture.go_on();
  CHECK(good.get());
  CHECK(bad.get().error().code == ErrorCode::kInternal);
  CHECK(also_good.get());
  CHECK(fixture.counter("good") == 1);
  CHECK(fixture.counter("also good") == 1);
  CHECK(fixture.counter("bad") == -1);
}

TEST_CASE("commit queue: an expected failure keeps nothing from being committed") {
  QueueFixture fixture;
  fixture.hold_up();
  auto refused = fixture.submit([](WriteContext&) -> Result<int> { return fail(ErrorCode::kConflict, "no"); });
  auto good = fixture.submit([](WriteContext& context) { return set_counter(context, "good"); });
  fixture.go_on();
  CHECK(refused.get().error().code == ErrorCode::kConflict);
  CHECK(good.get());
  CHECK(fixture.counter("good") == 1);
}

TEST_CASE("commit queue: a catalog that can't grow answers kNoSpace and works on when it can") {
  QueueFixture fixture;
  auto full = fixture.submit([](WriteContext& context) -> Result<int> {
    context.database.run("PRAGMA max_page_count = 1");
    context.database.run("CREATE TABLE big (content BLOB)");
    context.database.run("INSERT INTO big VALUES (zeroblob(1000000))");
    return 1;
  });
  CHECK(full.get().error().code == ErrorCode::kNoSpace);
  auto healed = fixture.submit([](WriteContext& context) -> Result<int> {
    context.database.run("PRAGMA max_page_count = 1000000");
    return set_counter(context, "good");
  });
  CHECK(healed.get());
  CHECK(fixture.counter("good") == 1);
}

TEST_CASE("commit queue: a catalog that is locked from outside holds a group up once, not once for each change") {
  QueueFixture fixture;
  REQUIRE(fixture
              .submit([](WriteContext& context) -> Result<int> {
                context.database.run("PRAGMA busy_timeout = 50");
                return 1;
              })
              .get());
  auto other = Database::open(fixture.directory.catalog_path(), DatabaseMode::kExisting);
  REQUIRE(other);
  // Its completion holds the thread up while no transaction is open.
  std::promise<void> held_up;
  std::promise<void> go;
  fixture.queue->submit(std::make_unique<Change<int>>([](WriteContext&, NewObject*) -> Result<int> { return 0; },
                                                      [&](Result<int>) {
                                                        held_up.set_value();
                                                        go.get_future().wait();
                                                      }));
  held_up.get_future().wait();
  (*other)->run("BEGIN IMMEDIATE");
  REQUIRE_FALSE((*other)->failed());
  std::vector<std::future<Result<int>>> ends;
  for (int i = 0; i < 20; ++i) ends.push_back(fixture.submit([](WriteContext&) -> Result<int> { return 1; }));
  go.set_value();
  // The first answer frees the catalog: a change that was tried after it would succeed.
  CHECK(ends.front().get().error().code == ErrorCode::kBusy);
  (*other)->roll_back();
  for (std::size_t i = 1; i < ends.size(); ++i) CHECK(ends[i].get().error().code == ErrorCode::kBusy);
  CHECK(fixture.submit([](WriteContext&) -> Result<int> { return 1; }).get());
}

TEST_CASE("commit queue: the files that wait in it stay below a common limit of open ones") {
  DriveFixture fixture;
  rlimit before{};
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &before) == 0);
  rlimit low = before;
  low.rlim_cur = std::min<rlim_t>(1024, before.rlim_max);
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &low) == 0);
  std::atomic<int> refused = 0;
  for (int i = 0; i < 4000; ++i) {
    const auto name = std::to_string(i);
    fixture.drive->put_small(fixture.actor, fixture.small(name, to_bytes(name)), [&](Result<Committed> result) {
      if (!result) ++refused;
    });
  }
  fixture.drive->close();
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &before) == 0);
  CHECK(refused == 0);
}

TEST_CASE("commit queue: between two heavy changes the others have a turn") {
  QueueFixture fixture;
  fixture.hold_up();
  fixture.submit_each_heavy(1, "ABC");
  fixture.submit_each("xy");
  fixture.finish();
  CHECK(fixture.order.names() == "AxyBC");
}

TEST_CASE("commit queue: others that keep coming don't keep a heavy change from its turn") {
  QueueFixture fixture;
  fixture.hold_up();
  auto a = fixture.submit_heavy(1, fixture.order.note('A'));
  auto b = fixture.submit_heavy(1, fixture.order.note('B'));
  std::future<Result<int>> y;
  auto x = fixture.submit([&](WriteContext& context) {
    y = fixture.submit(fixture.order.note('y'));
    return fixture.order.note('x')(context);
  });
  fixture.go_on();
  CHECK(x.get());
  CHECK(y.get());
  CHECK(fixture.order.names() == "AxBy");
}

TEST_CASE("commit queue: others that waited for a heavy change have as long as it took before the next") {
  QueueFixture fixture;
  fixture.hold_up();
  auto a = fixture.submit_heavy(1, fixture.order.take_time('A', fixture.clock, 600 * kSecondNs));
  auto b = fixture.submit_heavy(1, fixture.order.note('B'));
  auto x = fixture.submit(fixture.order.note('x'));
  fixture.go_on();
  REQUIRE(x.get());
  REQUIRE(fixture.submit(fixture.order.note('y')).get());
  REQUIRE(fixture.submit(fixture.order.take_time('z', fixture.clock, HeavyTurns::kLongestPause)).get());
  CHECK(fixture.submit(fixture.order.note('w')).get());
  CHECK(b.get());
  CHECK(fixture.order.names() == "AxyzBw");
}

TEST_CASE("commit queue: where nobody waits a heavy change follows another at once") {
  QueueFixture fixture;
  fixture.hold_up();
  auto a = fixture.submit_heavy(1, fixture.order.take_time('A', fixture.clock, 600 * kSecondNs));
  auto b = fixture.submit_heavy(1, fixture.order.note('B'));
  fixture.go_on();
  CHECK(b.get());
  CHECK(fixture.order.names() == "AB");
}

TEST_CASE("commit queue: a clock that is set back ends the wait of a heavy change") {
  HeavyTurns turns;
  turns.began(10);
  turns.ended(30, true);
  CHECK(turns.pause(35) == 15);
  CHECK(turns.pause(50) == 0);
  CHECK(turns.pause(29) == 0);
  CHECK(turns.others_first());
}

TEST_CASE("commit queue: users take turns with their heavy changes") {
  QueueFixture fixture;
  fixture.hold_up();
  fixture.submit_each_heavy(1, "ABC");
  fixture.submit_each_heavy(2, "pq");
  fixture.finish();
  CHECK(fixture.order.names() == "ApBqC");
}

TEST_CASE("commit queue: one user's heavy changes that wait are bounded, others' are not refused for them") {
  QueueFixture fixture;
  fixture.hold_up();
  fixture.submit_each_heavy(1, std::string(HeavyTurns::kMaxOfUser, 'A'));
  const auto refused = fixture.submit_heavy(1, fixture.order.note('B')).get();
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == ErrorCode::kBusy);
  CHECK(refused.error().retryable);
  fixture.submit_each_heavy(2, "C");
  fixture.submit_each("x");
  fixture.finish();
}

TEST_CASE("commit queue: a heavy change is refused where as many wait as it says, and one that must not be waits too") {
  QueueFixture fixture;
  fixture.hold_up();
  fixture.submit_each_heavy(1, "AB");
  QueueFixture::End refused;
  fixture.queue->submit_heavy(1, QueueFixture::change(fixture.order.note('C'), refused), 2);
  CHECK(refused.get().error().code == ErrorCode::kBusy);
  fixture.submit_each_heavy(1, std::string(HeavyTurns::kMaxOfUser - 2, 'A'));
  QueueFixture::End waiting;
  fixture.queue->submit_heavy(1, QueueFixture::change(fixture.order.note('D'), waiting), SIZE_MAX);
  fixture.finish();
  CHECK(waiting.get());
  CHECK(fixture.order.names().ends_with('D'));
}

TEST_CASE("commit queue: each heavy change has a transaction of its own") {
  QueueFixture fixture;
  fixture.hold_up();
  const auto seen = [&fixture](WriteContext& context) -> Result<int> {
    auto counted = set_counter(context, ("heavy " + std::to_string(context.next_node_id())).c_str());
    auto committed = fixture.catalog->read([](Database& database) -> Result<int> {
      auto query = database.query("SELECT count(*) FROM counters WHERE name LIKE 'heavy %'");
      return query.step() ? static_cast<int>(query.integer(0)) : -1;
    });
    return counted ? committed : counted;
  };
  auto a = fixture.submit_heavy(1, seen);
  auto b = fixture.submit_heavy(1, seen);
  fixture.go_on();
  CHECK(a.get().value_or(-1) == 0);
  CHECK(b.get().value_or(-1) == 1);
}

TEST_CASE("commit queue: stop tells heavy changes that have not begun, and waits for no turn") {
  QueueFixture fixture;
  std::promise<void> begun;
  std::promise<void> go;
  auto a = fixture.submit_heavy(1, [&](WriteContext&) -> Result<int> {
    begun.set_value();
    go.get_future().wait();
    fixture.clock.advance(600 * kSecondNs);
    return 0;
  });
  begun.get_future().wait();
  auto b = fixture.submit_heavy(1, fixture.order.note('B'));
  auto c = fixture.submit_heavy(2, fixture.order.note('C'));
  auto x = fixture.submit(fixture.order.note('x'));
  go.set_value();
  REQUIRE(x.get());
  fixture.queue->stop();
  CHECK(a.get());
  CHECK(b.get().error().code == ErrorCode::kShuttingDown);
  CHECK(c.get().error().code == ErrorCode::kShuttingDown);
  CHECK(fixture.submit_heavy(1, fixture.order.note('D')).get().error().code == ErrorCode::kShuttingDown);
  CHECK(fixture.order.names() == "x");
}

TEST_CASE("commit queue: once it is to stop no heavy change begins, though nothing else waits") {
  QueueFixture fixture;
  fixture.hold_up();
  fixture.submit_each_heavy(1, std::string(HeavyTurns::kMaxOfUser, 'A'));
  std::thread stopping([&fixture] { fixture.queue->stop(); });
  // One more is too many until it is too late.
  while (fixture.submit_heavy(1, fixture.order.note('B')).get().error().code == ErrorCode::kBusy)
    std::this_thread::yield();
  fixture.go_on();
  stopping.join();
  for (auto& end : fixture.ends) CHECK(end.get().error().code == ErrorCode::kShuttingDown);
  CHECK(fixture.order.names().empty());
}

TEST_CASE("commit queue: stop commits what is queued, later changes are told") {
  QueueFixture fixture;
  auto good = fixture.submit([](WriteContext& context) { return set_counter(context, "good"); });
  fixture.queue->stop();
  CHECK(good.get());
  auto late = fixture.submit([](WriteContext& context) { return set_counter(context, "late"); });
  CHECK(late.get().error().code == ErrorCode::kShuttingDown);
}

}  // namespace ndisk::storage
