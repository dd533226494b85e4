// World: everything that a drive shows, as text: what it is ("file a/b") and how it is ("5 bytes, …"). Pure.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace ndisk::crash {

using World = std::map<std::string, std::string>;

// What changes on the way from one world to another; nothing: it goes.
using Change = std::map<std::string, std::optional<std::string>>;

[[nodiscard]] Change difference(const World& before, const World& after);
void apply(World& world, const Change& change);
// Whether all that the change brings is there to see.
[[nodiscard]] bool shows(const World& world, const Change& change);
// Only what is said of these paths; all of it if there are none.
[[nodiscard]] Change only_of(const Change& change, const std::vector<std::string>& paths);
// What begins with `prefix` by itself, where there is a prefix.
[[nodiscard]] std::vector<Change> apart(const Change& change, const std::string& prefix);
// Each entry by itself.
[[nodiscard]] std::vector<Change> one_by_one(const Change& change);
[[nodiscard]] std::string describe(const Change& change);

}  // namespace ndisk::crash
