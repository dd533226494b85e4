// The scenarios whose every moment is tried.
#pragma once

#include "tests/crash/scenario.hpp"

namespace ndisk::crash {

[[nodiscard]] std::vector<Scenario> all_scenarios();

// By its name; there must be one.
[[nodiscard]] Scenario find_scenario(const std::string& name);

// Parts of the list above.
[[nodiscard]] std::vector<Scenario> upload_scenarios();
[[nodiscard]] std::vector<Scenario> namespace_scenarios();
[[nodiscard]] std::vector<Scenario> history_scenarios();
[[nodiscard]] std::vector<Scenario> account_scenarios();
[[nodiscard]] std::vector<Scenario> start_scenarios();
[[nodiscard]] std::vector<Scenario> mending_scenarios();

}  // namespace ndisk::crash
