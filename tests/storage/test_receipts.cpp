#include <map>
#include <thread>

#include "storage/sqlite.hpp"
#include "tests/storage/drive_fixture.hpp"

namespace ndisk::storage {
namespace {

SmallFile with_receipt(DriveFixture& fixture, std::string_view path, std::string_view content) {
  auto file = fixture.small(path, to_bytes(content));
  file.receipt = true;
  return file;
}

Digest text_digest(const Receipt& receipt) { return sha256(as_bytes(receipt_text(receipt))); }

}  // namespace

TEST_CASE("receipts: one is given only if it is asked for") {
  DriveFixture fixture;
  const auto without = fixture.put("a", "content");
  REQUIRE(without);
  CHECK_FALSE(without->receipt);
  CHECK(fixture.drive->receipt_state(fixture.actor, 1)->last == 0);
}

TEST_CASE("receipts: one tells whose what is, as it was committed") {
  DriveFixture fixture;
  const auto put = fixture.put(with_receipt(fixture, "d/\xff", "content"));
  REQUIRE(put);
  REQUIRE(put->receipt);
  Receipt expected;
  expected.user = "owner";
  expected.sequence = 1;
  expected.path = "d/\xff";
  expected.version = put->version;
  expected.size = 7;
  expected.sha256 = sha256(as_bytes("content"));
  expected.durable = fixture.clock.now();
  expected.change = put->change;
  CHECK(*put->receipt == expected);
}

TEST_CASE("receipts: each names the digest of the one before it") {
  DriveFixture fixture;
  Digest previous{};
  for (std::uint64_t number = 1; number <= 5; ++number) {
    const auto put = fixture.put(with_receipt(fixture, "a", std::to_string(number)));
    REQUIRE(put);
    REQUIRE(put->receipt);
    CHECK(put->receipt->sequence == number);
    CHECK(put->receipt->previous == previous);
    previous = text_digest(*put->receipt);
    if (number == 3) fixture.reopen();
  }
}

TEST_CASE("receipts: an unchanged file gets one for the version that is there") {
  DriveFixture fixture;
  const auto first = fixture.put("a", "content");
  const auto again = fixture.put(with_receipt(fixture, "a", "content"));
  REQUIRE(again);
  CHECK(again->unchanged);
  REQUIRE(again->receipt);
  CHECK(again->receipt->version == first->version);
  CHECK(again->receipt->change == first->change);
}

TEST_CASE("receipts: an instant upload gets one") {
  DriveFixture fixture;
  const auto content = pattern(5'000);
  REQUIRE(fixture.upload("a", content));
  auto offer = fixture.large("b", content.size());
  offer.sha256 = sha256(content);
  offer.receipt = true;
  const auto answer = fixture.offer(offer);
  REQUIRE(answer);
  REQUIRE(answer->committed);
  REQUIRE(answer->committed->receipt);
  CHECK(answer->committed->receipt->path == "b");
  CHECK(answer->committed->receipt->size == 5'000);
}

TEST_CASE("receipts: an upload gets one, and the same again when its answer was lost") {
  DriveFixture fixture;
  const auto content = pattern(50'000);
  auto offer = fixture.large("a", content.size());
  offer.receipt = true;
  auto writer = fixture.writer(offer);
  REQUIRE(writer->append(0, content));
  const auto committed = fixture.commit(std::move(writer), content);
  REQUIRE(committed);
  REQUIRE(committed->receipt);
  const auto again = fixture.offer(offer);
  REQUIRE(again);
  REQUIRE(again->committed);
  CHECK(again->committed->receipt == committed->receipt);
}

TEST_CASE("receipts: a request that is made again gets the same one, also after others and a new start") {
  DriveFixture fixture;
  const auto file = with_receipt(fixture, "a", "content");
  const auto first = fixture.put(file);
  REQUIRE(first);
  REQUIRE(fixture.put(with_receipt(fixture, "a", "other content")));
  fixture.reopen();
  const auto again = fixture.put(file);
  REQUIRE(again);
  CHECK(again->receipt == first->receipt);
  CHECK(fixture.drive->receipt_state(fixture.actor, 1)->last == 2);
}

TEST_CASE("receipts: each user has a chain of its own") {
  DriveFixture fixture;
  REQUIRE(fixture.put(with_receipt(fixture, "a", "content")));
  REQUIRE(fixture.drive->accounts().create_user("ann", std::nullopt));
  fixture.become("ann");
  const auto put = fixture.put(with_receipt(fixture, "a", "content"));
  REQUIRE(put);
  REQUIRE(put->receipt);
  CHECK(put->receipt->sequence == 1);
  CHECK(put->receipt->user == "ann");
  CHECK(put->receipt->previous == Digest{});
}

TEST_CASE("receipts: the state tells a receipt's digest, the newest number and the change number") {
  DriveFixture fixture;
  const auto first = fixture.put(with_receipt(fixture, "a", "one"));
  const auto second = fixture.put(with_receipt(fixture, "b", "two"));
  REQUIRE(second);
  const auto state = fixture.drive->receipt_state(fixture.actor, 1);
  REQUIRE(state);
  CHECK(state->sha256 == text_digest(*first->receipt));
  CHECK(state->last == 2);
  CHECK(state->change == second->change);
  CHECK_FALSE(fixture.drive->receipt_state(fixture.actor, 3)->sha256);
  CHECK_FALSE(fixture.drive->receipt_state(fixture.actor, UINT64_MAX)->sha256);
}

TEST_CASE("receipts: a commit that is refused leaves no gap") {
  DriveFixture fixture;
  REQUIRE(fixture.put(with_receipt(fixture, "a", "one")));
  auto refused = with_receipt(fixture, "a", "two");
  refused.precondition.must_not_exist = true;
  CHECK(fixture.put(refused).error().code == ErrorCode::kConflict);
  const auto next = fixture.put(with_receipt(fixture, "a", "three"));
  REQUIRE(next);
  CHECK(next->receipt->sequence == 2);
}

TEST_CASE("receipts: a group that is rolled back leaves no gap") {
  DriveFixture fixture;
  auto database = Database::open(fixture.data("ndisk.db"), DatabaseMode::kExisting);
  REQUIRE(database);
  // The database itself fails at one of them, after its receipt was made.
  (*database)->run(
      "CREATE TRIGGER no_13 BEFORE INSERT ON requests WHEN NEW.size = 13 BEGIN SELECT RAISE(ABORT, 'no'); END");
  REQUIRE_FALSE((*database)->take_error());
  std::vector<std::future<Result<Committed>>> puts;
  for (std::size_t size = 1; size <= 20; ++size) {
    std::promise<Result<Committed>> promise;
    puts.push_back(promise.get_future());
    auto file = with_receipt(fixture, "f" + std::to_string(size), std::string(size, 'x'));
    fixture.drive->put_small(
        fixture.actor, std::move(file),
        [promise = std::move(promise)](Result<Committed> result) mutable { promise.set_value(std::move(result)); });
  }
  Digest previous{};
  std::uint64_t number = 0;
  for (std::size_t size = 1; size <= 20; ++size) {
    const auto put = puts[size - 1].get();
    REQUIRE(put.has_value() == (size != 13));
    if (!put) continue;
    REQUIRE(put->receipt);
    CHECK(put->receipt->sequence == ++number);
    CHECK(put->receipt->previous == previous);
    previous = text_digest(*put->receipt);
  }
  CHECK(fixture.drive->receipt_state(fixture.actor, 1)->last == 19);
}

TEST_CASE("receipts: many at once make one chain without a gap or a fork") {
  constexpr int kThreads = 4;
  constexpr int kEach = 50;
  DriveFixture fixture;
  std::array<std::vector<Receipt>, kThreads> given;
  {
    std::vector<std::jthread> threads;
    for (int thread = 0; thread < kThreads; ++thread) {
      threads.emplace_back([&, thread] {
        for (int i = 0; i < kEach; ++i) {
          const auto name = std::to_string(thread) + "/" + std::to_string(i % 7);
          const auto put = fixture.put(with_receipt(fixture, name, std::to_string(i)));
          if (put && put->receipt) given[static_cast<std::size_t>(thread)].push_back(*put->receipt);
        }
      });
    }
  }
  std::map<std::uint64_t, Receipt> chain;
  for (const auto& receipts : given) {
    for (const auto& receipt : receipts) chain[receipt.sequence] = receipt;
  }
  REQUIRE(chain.size() == kThreads * kEach);
  Digest previous{};
  for (std::uint64_t number = 1; number <= chain.size(); ++number) {
    CHECK(chain.at(number).previous == previous);
    previous = text_digest(chain.at(number));
  }
}

}  // namespace ndisk::storage
