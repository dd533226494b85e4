// The commit queue alone, on a catalog of its own.
#pragma once

#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "storage/commit_queue.hpp"
#include "tests/catch.hpp"
#include "tests/storage/directory_fixture.hpp"
#include "tests/storage/drive_calls.hpp"

namespace ndisk::storage {

// What was applied, in that order; only the queue's thread writes to it.
class Order {
 public:
  std::function<Result<int>(WriteContext&)> note(char name) {
    return [this, name](WriteContext&) -> Result<int> {
      names_ += name;
      return 0;
    };
  }
  // The same of one that takes some time by the fixture's clock.
  std::function<Result<int>(WriteContext&)> take_time(char name, HandClock& clock, TimeNs time) {
    return [this, name, &clock, time](WriteContext&) -> Result<int> {
      names_ += name;
      clock.advance(time);
      return 0;
    };
  }
  [[nodiscard]] const std::string& names() const { return names_; }

 private:
  std::string names_;
};

// The queue alone, on a catalog of its own.
struct QueueFixture : DirectoryFixture {
  using Apply = std::function<Result<int>(WriteContext&)>;
  using End = std::future<Result<int>>;

  QueueFixture() {
    auto opened = Catalog::open(directory.catalog_path());
    REQUIRE(opened);
    catalog = std::move(*opened);
    objects.emplace(files, directory);
    queue.emplace(*catalog, *objects, clock, false, CommitQueue::Hooks{});
  }

  static std::unique_ptr<Change<int>> change(Apply apply, End& end) {
    auto promise = std::make_shared<std::promise<Result<int>>>();  // shared: the completion outlives this call
    end = promise->get_future();
    return std::make_unique<Change<int>>(
        [apply = std::move(apply)](WriteContext& context, NewObject*) { return apply(context); },
        [promise](Result<int> result) { promise->set_value(std::move(result)); });
  }
  End submit(Apply apply) {
    End end;
    queue->submit(change(std::move(apply), end));
    return end;
  }
  End submit_heavy(std::int64_t user, Apply apply) {
    End end;
    queue->submit_heavy(user, change(std::move(apply), end));
    return end;
  }
  // A change for each letter, which notes it; finish() waits for all of them.
  void submit_each(std::string_view names) {
    for (const char name : names) ends.push_back(submit(order.note(name)));
  }
  void submit_each_heavy(std::int64_t user, std::string_view names) {
    for (const char name : names) ends.push_back(submit_heavy(user, order.note(name)));
  }
  // Keeps the thread busy until go_on(), so that what is submitted meanwhile becomes one group.
  void hold_up() {
    auto begun = std::make_shared<std::promise<void>>();
    auto has_begun = begun->get_future();
    (void)submit([until = go.get_future().share(), begun](WriteContext&) -> Result<int> {
      begun->set_value();
      until.wait();
      return 0;
    });
    has_begun.wait();
  }
  void go_on() { go.set_value(); }
  void finish() {
    go_on();
    for (auto& end : ends) CHECK(end.get());
  }
  // What is committed; -1: nothing. Any thread.
  Result<int> look_up(const char* name) {
    return catalog->read([&](Database& database) -> Result<int> {
      auto query = database.query("SELECT value FROM counters WHERE name = ?", name);
      return query.step() ? static_cast<int>(query.integer(0)) : -1;
    });
  }
  int counter(const char* name) {
    const auto value = look_up(name);
    REQUIRE(value);
    return *value;
  }

  HandClock clock;
  Order order;
  std::unique_ptr<Catalog> catalog;
  std::optional<ObjectStore> objects;
  std::optional<CommitQueue> queue;
  std::vector<End> ends;
  std::promise<void> go;
};

inline Result<int> set_counter(WriteContext& context, const char* name) {
  context.database.run("INSERT INTO counters (name, value) VALUES (?, 1)", name);
  return 1;
}

}  // namespace ndisk::storage
