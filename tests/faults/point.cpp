#include "tests/faults/point.hpp"

#include "tests/storage/tree_check.hpp"

namespace ndisk::faults {
namespace {

// What may stand, as far as one can know it from outside.
class Possible {
 public:
  explicit Possible(Holding holding) : holdings_{std::move(holding)} {}

  void end_of(const Step& step, bool succeeded) {
    std::vector<Holding> next;
    for (auto& holding : holdings_) {
      auto applied = step.apply(holding);
      if (applied) next.push_back(std::move(*applied));
      if (!succeeded) next.push_back(std::move(holding));
    }
    holdings_ = std::move(next);
  }
  [[nodiscard]] bool contains(const Holding& holding) const {
    return std::ranges::find(holdings_, holding) != holdings_.end();
  }

 private:
  std::vector<Holding> holdings_;
};

std::string shown(const Holding& holding) {
  std::string text;
  for (const auto& [path, content] : holding) text += path + " (" + std::to_string(content.size()) + ") ";
  return text;
}

void run_without_fault(World& world, const Steps& steps) {
  for (const auto& step : steps) {
    const auto end = step.begin(world).get();
    INFO(step.name << ": " << (end ? "" : end.error().message));
    REQUIRE(end);
  }
}

Holding look(World& world) {
  auto holding = world.look();
  INFO((holding ? "" : holding.error().message));
  CHECK(holding);
  return holding ? *holding : Holding{};
}

// The catalog's connections read all of it anew, as somebody else has written.
void forget_what_was_read(const World& world) {
  const auto database = world.catalog();
  {
    auto change = database->query("UPDATE users SET created = created + 1");
    CHECK_FALSE(change.step());
  }
  REQUIRE_FALSE(database->take_error());
}

// A start, the tree and the collector agree with what stands.
void check_after_restart(World& world, const Holding& expected) {
  world.reopen();
  const auto found = look(world);
  CHECK(found == expected);
  check_receipts(world);
  storage::check_tree(world);
  world.collect();
  world.check_collected();
  CHECK(world.staged_files() == world.unfinished);
}

}  // namespace

bool Point::Ends::all_succeeded() const {
  return std::ranges::all_of(results, [](const auto& result) { return result.has_value(); });
}

void Point::try_it(int nth, CallSite site) {
  try_it({.error = way_.error, .nth = nth, .times = way_.times, .site = site});
}

void Point::note_sites() { try_it({.error = way_.error, .times = way_.times, .notes_sites = true}); }

void Point::try_it(const Fault& fault) {
  run_without_fault(world_, scenario_.before);
  if (in_turn_ && world_.drive) REQUIRE(world_.drive->flush_tree());
  start_ = look(world_);
  if (in_turn_ && world_.drive) forget_what_was_read(world_);
  arm(fault);
  ends_ = run();
  calls_ = calls_that_could_fail();
  calls_from_site_ = calls_from_site();
  struck_ = number_of_failed_call() > 0;
  sites_ = sites_of_calls();
  INFO(scenario_.name << ", " << way_.name << ", call " << number_of_failed_call() << " (" << failed_call()
                      << "), seed " << sweep_seed());
  if (way_.readable && struck_ && world_.drive) check_possible("while the disk fails");
  heal();
  check_point();
}

Point::Ends Point::run() {
  const StacksEndHere mark;
  Ends ends;
  std::vector<std::future<Result<void>>> begun;
  for (const auto& step : scenario_.steps) {
    begun.push_back(step.begin(world_));
    if (scenario_.together) continue;
    begun.back().wait();
    wait_for_tree();
  }
  for (auto& end : begun) ends.results.push_back(end.get());
  if (scenario_.together) wait_for_tree();
  return ends;
}

void Point::wait_for_tree() {
  if (!in_turn_ || !world_.drive) return;
  const auto followed = world_.drive->flush_tree();
  if (followed || !way_.hidden) return;
  UNSCOPED_INFO("the tree: " << followed.error().message);
  CHECK(followed);
}

void Point::check_point() {
  for (std::size_t i = 0; i < ends_.results.size(); ++i) {
    UNSCOPED_INFO(scenario_.steps[i].name << ": " << (ends_.results[i] ? "done" : ends_.results[i].error().message));
  }
  if (way_.hidden) CHECK(ends_.all_succeeded());
  world_.recover();
  check_possible("once the disk is well");
  for (std::size_t i = 0; i < ends_.results.size(); ++i) check_step(i, ends_.results[i].has_value());
  ask_again();
  auto expected = std::optional(start_);
  // Those that failed came later than the others.
  for (const bool succeeded : {true, false}) {
    for (std::size_t i = 0; i < ends_.results.size(); ++i) {
      if (ends_.results[i].has_value() == succeeded) expected = scenario_.steps[i].apply(*expected);
      REQUIRE(expected);
    }
  }
  CHECK(look(world_) == *expected);
  // What succeeded at first came before what did not.
  const bool in_order = ends_.all_succeeded();
  for (std::size_t i = 0; i < ends_.results.size(); ++i) check_step(i, in_order || !ends_.results[i]);
  check_after_restart(world_, *expected);
}

void Point::check_step(std::size_t number, bool succeeded) {
  const auto& step = scenario_.steps[number];
  INFO("what " << step.name << " left");
  if (step.check) step.check(world_, start_, look(world_), succeeded);
}

void Point::check_possible(const char* when) {
  const auto found = look(world_);
  INFO(when << " there is: " << shown(found));
  CHECK((scenario_.together ? is_possible_together(found) : is_possible(found)));
}

bool Point::is_possible(const Holding& found) const {
  Possible possible(start_);
  for (std::size_t i = 0; i < ends_.results.size(); ++i) {
    possible.end_of(scenario_.steps[i], ends_.results[i].has_value());
  }
  return possible.contains(found);
}

// Steps that do not touch each other: what was done is there, and nothing is that none of them brings.
bool Point::is_possible_together(const Holding& found) const {
  auto all = start_;
  for (std::size_t i = 0; i < ends_.results.size(); ++i) {
    const auto& step = scenario_.steps[i];
    if (ends_.results[i] && step.apply(found) != found) return false;
    all = *step.apply(std::move(all));
  }
  return std::ranges::includes(all, found);
}

void Point::ask_again() {
  for (std::size_t i = 0; i < ends_.results.size(); ++i) {
    if (ends_.results[i] || !scenario_.steps[i].repeatable) continue;
    const auto again = scenario_.steps[i].begin(world_).get();
    INFO("again, " << scenario_.steps[i].name << ": " << (again ? "" : again.error().message));
    CHECK(again);
  }
}

}  // namespace ndisk::faults
