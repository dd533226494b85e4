#include "tests/crash/world.hpp"

#include <algorithm>

namespace ndisk::crash {

Change difference(const World& before, const World& after) {
  Change change;
  for (const auto& [what, how] : before) {
    if (!after.contains(what)) change[what] = std::nullopt;
  }
  for (const auto& [what, how] : after) {
    const auto old = before.find(what);
    if (old == before.end() || old->second != how) change[what] = how;
  }
  return change;
}

void apply(World& world, const Change& change) {
  for (const auto& [what, how] : change) {
    if (how) {
      world[what] = *how;
    } else {
      world.erase(what);
    }
  }
}

bool shows(const World& world, const Change& change) {
  return std::ranges::all_of(change, [&](const auto& entry) {
    const auto found = world.find(entry.first);
    return entry.second ? found != world.end() && found->second == *entry.second : found == world.end();
  });
}

Change only_of(const Change& change, const std::vector<std::string>& paths) {
  if (paths.empty()) return change;
  Change some;
  for (const auto& [what, how] : change) {
    const auto path = what.substr(what.find(' ') + 1);
    if (std::ranges::find(paths, path) != paths.end()) some[what] = how;
  }
  return some;
}

std::vector<Change> apart(const Change& change, const std::string& prefix) {
  std::vector<Change> parts(2);
  for (const auto& entry : change) {
    const bool is_apart = !prefix.empty() && entry.first.starts_with(prefix);
    parts[is_apart ? 1 : 0].insert(entry);
  }
  return parts;
}

std::vector<Change> one_by_one(const Change& change) {
  std::vector<Change> parts;
  for (const auto& entry : change) parts.push_back({entry});
  return parts;
}

std::string describe(const Change& change) {
  std::string text;
  for (const auto& [what, how] : change) text += "  " + what + ": " + how.value_or("is not there") + "\n";
  return text;
}

}  // namespace ndisk::crash
