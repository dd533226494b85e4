// Cuts the power at every moment of the scenarios, and prints what was tried and what was found.
//
//   powerloss [--seed N] [--threads N] [--crashes N] [--most N] [--share N] [--boundary N] [--log-tails 0|1]
//   [SCENARIO...]
//
// --crashes: about so many in a scenario, chosen by lot where there are more. --most: at each boundary. --share: one of
// so many boundaries. --boundary: only that one. --log-tails 1: logs are different also where SQLite does not believe
// them. Exit 0: nothing found.
#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <iostream>

#include "tests/crash/explorer.hpp"
#include "tests/crash/scenarios.hpp"

namespace ndisk::crash {
namespace {

struct Arguments {
  ExploreLimits limits;
  std::size_t crashes = SIZE_MAX;  // in a scenario
  std::vector<std::string> scenarios;
};

bool parse_number(const char* text, std::uint64_t& out) {
  const auto* end = text + std::strlen(text);
  const auto [stopped, error] = std::from_chars(text, end, out);
  return error == std::errc() && stopped == end;
}

std::optional<Arguments> parse(int count, char** words) {
  Arguments arguments;
  for (int i = 1; i < count; ++i) {
    const std::string word = words[i];
    if (!word.starts_with("--")) {
      arguments.scenarios.push_back(word);
      continue;
    }
    std::uint64_t number = 0;
    if (++i == count || !parse_number(words[i], number)) return std::nullopt;
    if (word == "--seed") {
      arguments.limits.seed = number;
    } else if (word == "--threads") {
      arguments.limits.threads = static_cast<unsigned>(number);
    } else if (word == "--most") {
      arguments.limits.losses.most = number;
    } else if (word == "--crashes") {
      arguments.crashes = number;
    } else if (word == "--share") {
      arguments.limits.share = static_cast<unsigned>(number);
    } else if (word == "--log-tails") {
      arguments.limits.folding.log_tails = number == 0 ? LogTails::kFolded : LogTails::kCount;
    } else if (word == "--boundary") {
      arguments.limits.only_boundary = number;
    } else {
      return std::nullopt;
    }
  }
  return arguments;
}

// True if nothing was found.
bool try_scenario(const Scenario& scenario, const Arguments& arguments) {
  const auto start = std::chrono::steady_clock::now();
  const auto recording = record(scenario);
  if (!recording) {
    std::cout << scenario.name << ": " << recording.error().message << std::endl;
    return false;
  }
  constexpr std::size_t kFewest = 4;
  auto limits = arguments.limits;
  const auto share = std::max(kFewest, arguments.crashes / (recording->record.size() + 1));
  limits.losses.most = std::min(limits.losses.most, share);
  const auto explored = explore(*recording, limits);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  std::printf("%-24s %6zu %8zu %8zu %8zu %8zu %7.1f %7zu\n", scenario.name.c_str(), explored.boundaries,
              explored.most_pending, explored.losses, explored.disks, explored.unread, took.count(),
              explored.faults.size());
  for (const auto& fault : explored.faults) std::cout << "\n" << fault << "\n";
  std::cout << std::flush;
  std::fflush(stdout);
  return explored.faults.empty();
}

int run(const Arguments& arguments) {
  std::printf("%-24s %6s %8s %8s %8s %8s %7s %7s\n", "scenario", "points", "pending", "crashes", "disks", "unread",
              "seconds", "faults");
  bool clean = true;
  for (const auto& scenario : all_scenarios()) {
    const auto& wanted = arguments.scenarios;
    if (!wanted.empty() && std::ranges::find(wanted, scenario.name) == wanted.end()) continue;
    clean = try_scenario(scenario, arguments) && clean;
  }
  return clean ? 0 : 1;
}

}  // namespace
}  // namespace ndisk::crash

int main(int count, char** words) {
  const auto arguments = ndisk::crash::parse(count, words);
  if (arguments) return ndisk::crash::run(*arguments);
  std::cerr << "usage: powerloss [--seed N] [--threads N] [--crashes N] [--most N] [--share N] [--boundary N] "
               "[--log-tails 0|1] [SCENARIO...]\n";
  return 2;
}
