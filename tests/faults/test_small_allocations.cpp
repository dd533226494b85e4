#include <array>
#include <atomic>
#include <optional>
#include <thread>
#include <vector>

#include "common/net/blocking_pool.hpp"
#include "common/net/pool_strand.hpp"
#include "server/door.hpp"
#include "storage/staged_bytes.hpp"
#include "storage/uploads.hpp"
#include "tests/common/net/run_task.hpp"
#include "tests/faults/failing_allocations.hpp"
#include "tests/storage/tree_check.hpp"

using ndisk::faults::fail_each_allocation;
using ndisk::faults::OneFailingAllocation;

namespace ndisk::net {
namespace {

Task<> tell_without_memory(Executor, int after, int& failed) {
  std::jthread teller;
  auto start = [&teller, &failed, after](std::move_only_function<void(Result<int>)> done) {
    teller = std::jthread([&failed, after, done = std::move(done)]() mutable {
      const OneFailingAllocation scarce(after);
      done(5);
      failed += scarce.has_failed() ? 1 : 0;
    });
  };
  const auto told = co_await completion_of<Result<int>>(std::move(start));
  CHECK(told == 5);
}

// Ends when there is no memory to tell of it.
Task<> end_untold(std::optional<OneFailingAllocation>& scarce) {
  scarce.emplace(0);
  co_return;
}

Task<> wait_for_untold(Executor executor, int& told, bool& has_failed, bool& joined) {
  TaskGroup tasks(executor, [&told] { ++told; });
  std::optional<OneFailingAllocation> scarce;
  tasks.spawn(end_untold(scarce));
  has_failed = scarce->has_failed();
  scarce.reset();
  co_await tasks.join();
  joined = true;
}

enum class Piece { kNotBegun, kDone, kLost };

Task<> hand_in(PoolStrand& strand, Piece& piece) {
  auto work = [&piece]() -> Result<void> {
    piece = Piece::kDone;
    return {};
  };
  try {
    (void)co_await strand.run(work);
  } catch (const std::bad_alloc&) {
    piece = Piece::kLost;  // who hands in pieces learns it at once
  }
}

// The second is handed in before anything can tell that the first was lost.
Task<> lose_first_of_two(Executor executor, int after, int& failed) {
  BlockingPool pool(1);
  PoolStrand strand(pool);
  TaskGroup tasks(executor, [] {});
  Piece first = Piece::kNotBegun;
  Piece second = Piece::kNotBegun;
  {
    const OneFailingAllocation scarce(after);
    try {
      tasks.spawn(hand_in(strand, first));
    } catch (const std::bad_alloc&) {
      first = Piece::kLost;
    }
    failed += scarce.has_failed() ? 1 : 0;
  }
  if (first != Piece::kLost) tasks.spawn(hand_in(strand, second));
  co_await tasks.join();
  CAPTURE(after);
  CHECK((first == Piece::kDone || second != Piece::kDone));
}

}  // namespace

TEST_CASE("memory: a task whose end can't be told leaves its group, and somebody is told") {
  int told = 0;
  bool has_failed = false;
  bool joined = false;
  asio::io_context context(1);
  asio::co_spawn(context, wait_for_untold(context.get_executor(), told, has_failed, joined), [](auto) {});
  for (int turn = 0; turn < 100 && !joined; ++turn) {
    try {
      context.poll();
    } catch (const std::bad_alloc&) {  // an I/O thread goes on
    }
  }
  CHECK(has_failed);
  CHECK(joined);
  CHECK(told == 1);
}

TEST_CASE("memory: who waits for work learns its end though there was none to tell of it at first") {
  int failed = 0;
  for (int after = 0; after < 4; ++after) {
    run_task([after, &failed](Executor executor) { return tell_without_memory(executor, after, failed); });
  }
  CHECK(failed > 0);
}

TEST_CASE("memory: after a piece that was lost while it was handed in, none is begun on the strand") {
  int failed = 0;
  for (int after = 0; after == failed; ++after) {
    run_task([after, &failed](Executor executor) { return lose_first_of_two(executor, after, failed); });
  }
  CHECK(failed > 4);
}

}  // namespace ndisk::net

namespace ndisk::server {
namespace {

PeerNetwork network(int number) { return {static_cast<std::uint8_t>(number)}; }

}  // namespace

TEST_CASE("memory: a stranger that gets none at the door is not counted, and turns out nobody") {
  std::unique_ptr<DoorBook> book;
  const auto now = std::chrono::steady_clock::now();
  const auto fill = [&] {
    book = std::make_unique<DoorBook>(DoorLimits{.strangers = 3});
    for (int i = 0; i < 3; ++i) REQUIRE(book->arrive(network(i), now));
  };
  fill();
  const auto arrive = [&] { (void)book->arrive(network(7), now); };
  const int failed = fail_each_allocation(arrive, [&] {
    CHECK(book->strangers() == 3);
    CHECK(book->connections() == 3);
    CHECK(book->networks() == 3);
    for (int i = 10; i < 20; ++i) CHECK(book->arrive(network(i), now));
    CHECK(book->connections() == 3);
    fill();
  });
  CHECK(failed >= 3);
}

TEST_CASE("memory: a session that ends and gets none keeps its place at the door until it leaves") {
  std::unique_ptr<DoorBook> book;
  DoorBook::Ticket ticket = 0;
  const auto now = std::chrono::steady_clock::now();
  const auto log_in = [&] {
    book = std::make_unique<DoorBook>();
    ticket = book->arrive(network(1), now).value().ticket;
    CHECK(book->log_in(ticket));
  };
  log_in();
  const int failed = fail_each_allocation([&] { book->say_goodbye(ticket, now); },
                                          [&] {
                                            book->leave(ticket, now);
                                            CHECK(book->strangers() == 0);
                                            CHECK(book->connections() == 0);
                                            CHECK(book->networks() == 0);
                                            log_in();
                                          });
  CHECK(failed >= 2);
  CHECK(book->strangers() == 0);
  book->say_goodbye(ticket, now);
  CHECK(book->strangers() == 1);
}

TEST_CASE("memory: the door lets others in after one that got none") {
  int turned_out = 0;
  const auto turn_out = [&turned_out](Door::Ticket) {
    ++turned_out;
    ::operator delete(::operator new(1));  // as what tells another thread
  };
  std::unique_ptr<Door> door;
  std::vector<Door::Pass> passes;
  passes.reserve(100);
  const auto arrive = [&](int number) {
    auto pass = door->arrive(network(number), turn_out);
    if (pass) passes.push_back(std::move(*pass));
  };
  const auto fill = [&] {
    passes.clear();
    door = std::make_unique<Door>(DoorLimits{.strangers = 3});
    for (int i = 0; i < 3; ++i) arrive(i);
  };
  fill();
  const int failed = fail_each_allocation([&] { arrive(7); },
                                          [&] {
                                            const int before = turned_out;
                                            for (int i = 10; i < 20; ++i) arrive(i);
                                            CHECK(turned_out >= before + 9);
                                            fill();
                                          });
  CHECK(failed >= 4);
}

}  // namespace ndisk::server

namespace ndisk::storage {
namespace {

// While one thread is named, any other that asks for the time gets no memory for what it does next.
class ScarceClock final : public Clock {
 public:
  void spare_only(std::thread::id thread) { spared_ = thread; }
  TimeNs now() const override {
    const auto spared = spared_.load();
    thread_local std::optional<OneFailingAllocation> scarce;
    if (spared != std::thread::id() && spared != std::this_thread::get_id()) scarce.emplace(0);
    return 1'700'000'000 * kSecondNs;
  }

 private:
  std::atomic<std::thread::id> spared_;
};

}  // namespace

TEST_CASE(
    "memory: an upload that gets none for what it takes of a quota takes nothing, and its end gives nothing back") {
  StagedBytes staged;
  staged.set(UploadId{1}, 1, 100);
  bool taken = false;
  const auto take = [&] {
    taken = false;
    staged.set(UploadId{2}, 2, 1000);
    taken = true;
  };
  const int failed = fail_each_allocation(take, [&] {
    CHECK(staged.of(2) == (taken ? 1000 : 0));
    staged.remove(UploadId{2});
    CHECK(staged.of(2) == 0);
    CHECK(staged.of(1) == 100);
  });
  CHECK(failed > 0);
}

TEST_CASE("memory: a commit that gets none leaves the upload to the next try") {
  DriveFixture fixture;
  Bytes content(300'000);
  for (std::size_t i = 0; i < content.size(); ++i) content[i] = static_cast<std::uint8_t>(i * i >> 7);
  const auto digest = sha256(content);
  int number = 0;
  UploadOffer offer;
  std::unique_ptr<UploadWriter> writer;
  const auto begin = [&] {
    offer = fixture.large("large" + std::to_string(number++), content.size());
    offer.start_over = true;
    writer = fixture.writer(offer);
    REQUIRE(writer->append(0, content));
  };
  begin();
  const auto commit = [&] { fixture.drive->commit(std::move(writer), content.size(), digest, [](auto) {}); };
  const int failed = fail_each_allocation(commit, [&] {
    offer.start_over = false;
    auto again = fixture.offer(offer);
    REQUIRE(again);
    if (!again->committed) {
      const auto from = again->writer->received();
      REQUIRE(again->writer->append(from, ByteView(content).subspan(from)));
      REQUIRE(fixture.commit(std::move(again->writer), content));
    }
    begin();
  });
  CHECK(failed > 5);
}

TEST_CASE("memory: a checkpoint that gets none is told to the upload that waits for it") {
  ScarceClock clock;
  DriveFixture fixture;
  fixture.drive.reset();
  auto opened = Drive::open(fixture.options, fixture.files, clock);
  REQUIRE(opened);
  fixture.drive = std::move(*opened);
  auto writer = fixture.writer(fixture.large("pipe", std::nullopt));
  const Bytes content(1 << 20);
  clock.spare_only(std::this_thread::get_id());
  Result<void> appended;
  while (appended && writer->received() < 2 * kMaxUnsizedUndurableBytes) {
    appended = writer->append(writer->received(), content);
  }
  clock.spare_only({});
  REQUIRE_FALSE(appended);
  CHECK(appended.error().code == ErrorCode::kBusy);
  CHECK(appended.error().retryable);
}

TEST_CASE("memory: reads that get none don't use up the catalog's connections") {
  DriveFixture fixture;
  REQUIRE(fixture.put("a", "content"));
  const auto open = [&] { (void)fixture.drive->open_file(fixture.actor, {at("a"), {}}); };
  for (int round = 0; round < 3; ++round) {
    CHECK(fail_each_allocation(open, [] {}) > 5);
    CHECK(fixture.content("a") == "content");
  }
}

TEST_CASE("memory: a check that gets none to begin is not under way") {
  DriveFixture fixture;
  const auto begin = [&] { (void)fixture.drive->check({}); };
  CHECK(fail_each_allocation(begin, [] {}) > 5);
  CHECK(fixture.drive->check({}));
}

}  // namespace ndisk::storage
