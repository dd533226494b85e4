#include "tests/crash/scenarios.hpp"

#include <algorithm>
#include <stdexcept>

namespace ndisk::crash {

std::vector<Scenario> all_scenarios() {
  std::vector<Scenario> all;
  for (const auto part : {upload_scenarios, namespace_scenarios, history_scenarios, account_scenarios, start_scenarios,
                          mending_scenarios}) {
    std::ranges::move(part(), std::back_inserter(all));
  }
  return all;
}

Scenario find_scenario(const std::string& name) {
  for (auto& scenario : all_scenarios()) {
    if (scenario.name == name) return scenario;
  }
  throw std::invalid_argument("no scenario " + name);
}

}  // namespace ndisk::crash
