#include "tests/faults/sweep.hpp"

#include <cerrno>
#include <map>
#include <random>
#include <set>

#include "tests/faults/point.hpp"

namespace ndisk::faults {
namespace {

// Of the short form, which runs with the suite.
constexpr int kShortStride = 40;
constexpr unsigned kShortWays = 4;  // one of so many
constexpr int kQuietRuns = 2;
constexpr int kNotingRuns = 12;  // at most
constexpr int kTries = 4;

unsigned long setting(const char* name, unsigned long otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoul(text, nullptr, 10);
}

std::minstd_rand& random_numbers() {
  static std::minstd_rand numbers(static_cast<std::minstd_rand::result_type>(sweep_seed()));
  return numbers;
}

bool is_chosen(const char* name, const std::string& value) {
  const char* chosen = std::getenv(name);
  return chosen == nullptr || value == chosen;
}

bool is_by_site() {
  static const bool chosen = setting("NDISK_FAULTS_SITES", 0) != 0;
  return chosen;
}

// Whether a call failed.
bool try_point(const Scenario& scenario, const Way& way, int nth) {
  Point point(scenario, way, is_by_site());
  point.try_it(nth);
  return point.struck();
}

// How many calls come from where.
std::map<CallSite, int> sites_of(const Scenario& scenario, const Way& way) {
  std::map<CallSite, int> sites;
  for (int quiet = 0, runs = 0; quiet < kQuietRuns && runs < kNotingRuns; ++runs) {
    Point point(scenario, way, true);
    point.note_sites();
    std::map<CallSite, int> seen;
    for (const auto site : point.sites()) ++seen[site];
    const auto before = sites.size();
    for (const auto& [site, calls] : seen) sites[site] = std::max(sites[site], calls);
    quiet = sites.size() == before ? quiet + 1 : 0;
  }
  return sites;
}

// Again where the call did not come, and an earlier one from there where it was the last and there were fewer. Whether
// it failed in the end.
bool try_site(const Scenario& scenario, const Way& way, CallSite site, int nth) {
  for (int i = 0; i < kTries; ++i) {
    Point point(scenario, way, true);
    point.try_it(nth, site);
    if (point.struck()) return true;
    nth = std::clamp(point.calls_from_site(), 1, nth);
  }
  return false;
}

struct Tried {
  int points = 0;  // where a call failed
  int missed = 0;  // the call did not come
  int sites = 0;   // that no way before had
};

// The first and the last call from each site. Every scenario has some that any error of the disk can hit.
Tried sweep_sites(const Scenario& scenario, const Way& way, std::set<CallSite>& known) {
  Tried tried;
  for (const auto& [site, calls] : sites_of(scenario, way)) {
    tried.sites += known.insert(site).second ? 1 : 0;
    ++(try_site(scenario, way, site, 1) ? tried.points : tried.missed);
    if (calls > 1) ++(try_site(scenario, way, site, calls) ? tried.points : tried.missed);
  }
  CHECK((tried.points > 0 || way.error != EIO));
  return tried;
}

}  // namespace

unsigned long sweep_seed() {
  static const auto chosen = setting("NDISK_FAULTS_SEED", std::random_device()());
  return chosen;
}

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
  Point unhindered(scenario, way, false);
  unhindered.try_it(0);
  const int calls = unhindered.calls();
  INFO(scenario.name << ", " << way.name << ": " << calls << " calls that could fail");
  // Every scenario has calls that any error of the disk can hit; those of other ways may be few, or a thread's that
  // comes sometimes.
  const bool always_strikes = way.error == EIO;
  CHECK((calls > 0 || !always_strikes));
  // At least one, however few there are.
  int nth = 1 + static_cast<int>(random() % static_cast<unsigned>(std::clamp(calls, 1, stride)));
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
  const auto call = static_cast<int>(setting("NDISK_FAULTS_CALL", 0));
  const bool is_short = stride == kShortStride && call == 0 && !is_by_site();
  std::set<CallSite> sites;
  for (const auto& way : all_ways()) {
    if (!is_chosen("NDISK_FAULTS_SCENARIO", scenario.name) || !is_chosen("NDISK_FAULTS_WAY", way.name)) continue;
    if (is_short && random_numbers()() % kShortWays != 0) continue;
    Tried tried;
    if (call > 0) {
      CHECK(try_point(scenario, way, call));
      tried.points = 1;
    } else if (is_by_site()) {
      tried = sweep_sites(scenario, way, sites);
    } else {
      tried.points = sweep(scenario, way, stride);
    }
    if (!report.is_open()) continue;
    report << scenario.name << '\t' << way.name << '\t' << tried.points << '\t' << tried.missed << '\t' << tried.sites
           << '\n'
           << std::flush;
  }
}

}  // namespace ndisk::faults
