// What the commit queue does with the next group while it commits one.
#include <cerrno>
#include <chrono>

#include "common/digest.hpp"
#include "tests/storage/queue_fixture.hpp"

namespace ndisk::storage {
namespace {

// More changes than a group has: some are left for the next, and the last of them comes with an object.
struct TwoGroups : QueueFixture {
  // The first group waits for `last_of_first`, which its last change calls; see go_on().
  void submit_both(Apply last_of_first) {
    last_of_next = with_object(next);
    End held_up;
    auto until = go.get_future().share();
    auto begun = std::make_shared<std::promise<void>>();
    auto has_begun = begun->get_future();
    // The writer itself never waits for room, so more than the queue holds come from it.
    queue->submit(change(
        [this, until, begun](WriteContext&) -> Result<int> {
          begun->set_value();
          until.wait();
          for (std::size_t i = 1; i < of_next; ++i) others_of_next.push_back(submit(order.note(',')));
          queue->submit(std::move(last_of_next));
          return 0;
        },
        held_up));
    has_begun.wait();
    for (std::size_t i = 1; i < CommitQueue::kMaxGroup; ++i) ends.push_back(submit(order.note('.')));
    ends.push_back(submit(std::move(last_of_first)));
  }
  // Ends with `end`; takes its object up.
  std::unique_ptr<Change<int>> with_object(End& end) {
    auto promise = std::make_shared<std::promise<Result<int>>>();  // shared: the completion outlives this call
    end = promise->get_future();
    auto object = objects->write(1, sha256(kContent), kContent, 0);
    REQUIRE(object);
    return std::make_unique<Change<int>>(
        [this](WriteContext& context, NewObject* fresh) -> Result<int> {
          fresh->taken_up = true;
          (void)order.note(fresh->durable ? 'd' : 'n')(context);
          return set_counter(context, "next");
        },
        [promise](Result<int> result) { promise->set_value(std::move(result)); }, std::move(*object));
  }
  [[nodiscard]] bool has_file() { return objects->may_exist(1, sha256(kContent)); }

  const Bytes kContent = to_bytes("content");
  std::size_t of_next = ObjectStore::kSyncAllFrom;
  std::vector<End> others_of_next;
  std::unique_ptr<Mutation> last_of_next;
  End next;
};

}  // namespace

TEST_CASE("commit queue: what comes with the next group is made durable while a group is committed") {
  TwoGroups fixture;
  std::promise<void> synced;
  auto has_synced = synced.get_future();
  fixture.files.before_call(Call::kSync, 1, [&] { synced.set_value(); });
  bool was_synced = false;  // at the end of the first group
  fixture.submit_both([&](WriteContext&) -> Result<int> {
    was_synced = has_synced.wait_for(std::chrono::seconds(20)) == std::future_status::ready;
    return 0;
  });
  fixture.finish();
  CHECK(fixture.next.get());
  CHECK(was_synced);
  CHECK(fixture.order.names().ends_with('d'));
  CHECK(fixture.has_file());
}

TEST_CASE("commit queue: what could not be made durable ahead is not recorded, the group before it is") {
  TwoGroups fixture;
  fixture.submit_both([](WriteContext& context) { return set_counter(context, "first group"); });
  fixture.files.fail_call(Call::kSync, EIO);
  fixture.finish();
  const auto end = fixture.next.get();
  REQUIRE_FALSE(end);
  CHECK(end.error().code == ErrorCode::kIo);
  CHECK(fixture.counter("first group") == 1);
  CHECK_FALSE(fixture.order.names().contains('d'));
  CHECK_FALSE(fixture.order.names().contains('n'));
  CHECK_FALSE(fixture.has_file());
}

TEST_CASE("commit queue: a heavy change whose turn it is goes before what comes after a full group") {
  TwoGroups fixture;
  fixture.submit_both(fixture.order.note('.'));
  // Its turn comes after the group, as another heavy one went before that.
  auto first = fixture.submit_heavy(1, fixture.order.note('A'));
  auto second = fixture.submit_heavy(1, fixture.order.note('B'));
  fixture.finish();
  CHECK(first.get());
  CHECK(second.get());
  CHECK(fixture.next.get());
  const auto names = fixture.order.names();
  CHECK(names.starts_with('A'));
  CHECK(names.contains("B,"));
  CHECK(names.ends_with(",d"));
}

TEST_CASE("commit queue: fewer than are synced at once are left to gather") {
  TwoGroups fixture;
  fixture.of_next = ObjectStore::kSyncAllFrom - 1;
  QueueFixture::End later;
  Result<int> before = 0;
  fixture.submit_both([&](WriteContext&) -> Result<int> {
    later = fixture.submit([&](WriteContext&) -> Result<int> {
      before = fixture.look_up("next");
      return 0;
    });
    return 0;
  });
  fixture.finish();
  CHECK(fixture.next.get());
  CHECK(later.get());
  CHECK(before.value_or(0) == -1);
}

TEST_CASE("commit queue: stop commits what is made durable ahead") {
  TwoGroups fixture;
  std::optional<std::thread> stopping;
  QueueFixture::End heavy;
  fixture.submit_both([&](WriteContext&) -> Result<int> {
    heavy = fixture.submit_heavy(1, fixture.order.note('H'));
    stopping.emplace([&] { fixture.queue->stop(); });
    // One more is too many until it is too late.
    for (auto code = ErrorCode::kBusy; code == ErrorCode::kBusy;) {
      QueueFixture::End refused;
      fixture.queue->submit_heavy(1, QueueFixture::change(fixture.order.note('H'), refused), 1);
      code = refused.get().error().code;
      std::this_thread::yield();
    }
    return 0;
  });
  fixture.finish();
  CHECK(fixture.next.get());
  CHECK(heavy.get().error().code == ErrorCode::kShuttingDown);
  stopping->join();
  CHECK(fixture.order.names().ends_with('d'));
}

}  // namespace ndisk::storage
