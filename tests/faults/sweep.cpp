#include "tests/faults/sweep.hpp"

#include <cerrno>
#include <random>

#include "tests/storage/tree_check.hpp"

namespace ndisk::faults {
namespace {

// Of the short form, which runs with the suite.
constexpr int kShortStride = 40;
constexpr unsigned kShortWays = 4;  // one of so many

unsigned long setting(const char* name, unsigned long otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoul(text, nullptr, 10);
}

unsigned long seed() {
  static const auto chosen = setting("NDISK_FAULTS_SEED", std::random_device()());
  return chosen;
}

std::minstd_rand& random_numbers() {
  static std::minstd_rand numbers(static_cast<std::minstd_rand::result_type>(seed()));
  return numbers;
}

bool is_chosen(const char* name, const std::string& value) {
  const char* chosen = std::getenv(name);
  return chosen == nullptr || value == chosen;
}

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

struct Ends {
  std::vector<Result<void>> results;
  [[nodiscard]] bool all_succeeded() const {
    return std::ranges::all_of(results, [](const auto& result) { return result.has_value(); });
  }
};

Ends run(World& world, const Steps& steps, bool together) {
  Ends ends;
  std::vector<std::future<Result<void>>> begun;
  for (const auto& step : steps) {
    begun.push_back(step.begin(world));
    if (!together) begun.back().wait();
  }
  for (auto& end : begun) ends.results.push_back(end.get());
  return ends;
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

class Point {
 public:
  Point(const Scenario& scenario, const Way& way) : scenario_(scenario), way_(way) {}

  // Returns how many calls could have failed. 0: none is to fail.
  int try_it(int nth) {
    run_without_fault(world_, scenario_.before);
    start_ = look(world_);
    arm({way_.error, nth, way_.times});
    ends_ = run(world_, scenario_.steps, scenario_.together);
    const auto call = failed_call();
    const int calls = calls_that_could_fail();
    struck_ = !call.empty();
    if (way_.readable && !call.empty() && world_.drive) check_possible("while the disk fails");
    heal();
    INFO(scenario_.name << ", " << way_.name << ", call " << nth << " (" << call << "), seed " << seed());
    check_point();
    return calls;
  }
  // Whether a call failed that was to fail. The last ones may not come: threads don't always make as many.
  [[nodiscard]] bool struck() const { return struck_; }

 private:
  void check_point() {
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

  void check_step(std::size_t number, bool succeeded) {
    const auto& step = scenario_.steps[number];
    INFO("what " << step.name << " left");
    if (step.check) step.check(world_, start_, look(world_), succeeded);
  }

  void check_possible(const char* when) {
    const auto found = look(world_);
    INFO(when << " there is: " << shown(found));
    CHECK((scenario_.together ? is_possible_together(found) : is_possible(found)));
  }

  bool is_possible(const Holding& found) const {
    Possible possible(start_);
    for (std::size_t i = 0; i < ends_.results.size(); ++i) {
      possible.end_of(scenario_.steps[i], ends_.results[i].has_value());
    }
    return possible.contains(found);
  }

  // Steps that do not touch each other: what was done is there, and nothing is that none of them brings.
  bool is_possible_together(const Holding& found) const {
    auto all = start_;
    for (std::size_t i = 0; i < ends_.results.size(); ++i) {
      const auto& step = scenario_.steps[i];
      if (ends_.results[i] && step.apply(found) != found) return false;
      all = *step.apply(std::move(all));
    }
    return std::ranges::includes(all, found);
  }

  void ask_again() {
    for (std::size_t i = 0; i < ends_.results.size(); ++i) {
      if (ends_.results[i] || !scenario_.steps[i].repeatable) continue;
      const auto again = scenario_.steps[i].begin(world_).get();
      INFO("again, " << scenario_.steps[i].name << ": " << (again ? "" : again.error().message));
      CHECK(again);
    }
  }

  const Scenario& scenario_;
  const Way& way_;
  World world_;
  Holding start_;
  Ends ends_;
  bool struck_ = false;
};

// Whether a call failed.
bool try_point(const Scenario& scenario, const Way& way, int nth) {
  Point point(scenario, way);
  point.try_it(nth);
  return point.struck();
}

}  // namespace

const std::vector<Way>& all_ways() {
  static const std::vector<Way> ways = {
      {"EIO once", EIO, 1, false, false},
      {"EIO until healed", EIO, kUntilHealed, false, false},
      {"ENOSPC once", ENOSPC, 1, false, false},
      {"ENOSPC until healed", ENOSPC, kUntilHealed, false, true},
      {"EDQUOT once", EDQUOT, 1, false, false},
      {"EMFILE once", EMFILE, 1, false, false},
      {"EMFILE until healed", EMFILE, kUntilHealed, false, false},
      {"ENOMEM once", ENOMEM, 1, false, false},
      {"ENOLCK once", ENOLCK, 1, false, false},
      {"EINTR", EINTR, 3, true, false},
      {"cut short once", kCutShort, 1, true, false},
      {"cut short always", kCutShort, kUntilHealed, true, true},
  };
  return ways;
}

int sweep(const Scenario& scenario, const Way& way, int stride) {
  auto& random = random_numbers();
  const int calls = Point(scenario, way).try_it(0);
  INFO(scenario.name << ", " << way.name << ": " << calls << " calls that could fail");
  // Every scenario has calls that any error of the disk can hit; those of other ways may be few, or a thread's that
  // comes sometimes.
  const bool always_strikes = way.error == EIO;
  CHECK((calls > 0 || !always_strikes));
  // At least one, however few there are.
  int nth = 1 + static_cast<int>(random() % static_cast<unsigned>(std::clamp(calls, 1, stride)));
  if (const auto only = static_cast<int>(setting("NDISK_FAULTS_CALL", 0)); only > 0) {
    CHECK(try_point(scenario, way, only));
    return 1;
  }
  int points = 0, struck = 0;
  for (; nth <= calls; nth += stride, ++points) struck += try_point(scenario, way, nth) ? 1 : 0;
  if (points > 0 && struck == 0) struck += try_point(scenario, way, 1) ? 1 : 0;
  CHECK((struck > 0 || !always_strikes));
  return points;
}

void sweep(const Scenario& scenario) {
  std::ofstream report;
  if (const char* path = std::getenv("NDISK_FAULTS_REPORT")) report.open(path, std::ios::app);
  const auto stride = static_cast<int>(setting("NDISK_FAULTS_STRIDE", kShortStride));
  const bool is_short = stride == kShortStride;
  for (const auto& way : all_ways()) {
    if (!is_chosen("NDISK_FAULTS_SCENARIO", scenario.name) || !is_chosen("NDISK_FAULTS_WAY", way.name)) continue;
    if (is_short && random_numbers()() % kShortWays != 0) continue;
    const int points = sweep(scenario, way, stride);
    if (report.is_open()) report << scenario.name << '\t' << way.name << '\t' << points << '\n' << std::flush;
  }
}

}  // namespace ndisk::faults
