#include "client/remote/remote_glob.hpp"
#include "tests/catch.hpp"

namespace ndisk::client {
namespace {

bool matches(std::string_view pattern, std::string_view name) {
  const auto components = split_glob(pattern);
  REQUIRE(components);
  REQUIRE(components->size() == 1);
  return components->front().matches(name);
}

TEST_CASE("remote glob: a pattern is split at slashes, and extra slashes say nothing") {
  const auto components = split_glob("/photos//*/a?.jpg");
  REQUIRE(components);
  REQUIRE(components->size() == 3);
  CHECK(!(*components)[0].is_pattern);
  CHECK((*components)[1].is_pattern);
  CHECK((*components)[2].text == "a?.jpg");
}

TEST_CASE("remote glob: a star does not match a leading dot unless the pattern has one") {
  CHECK(matches("*", "a"));
  CHECK(!matches("*", ".hidden"));
  CHECK(!matches("?hidden", ".hidden"));
  CHECK(!matches("[.]hidden", ".hidden"));
  CHECK(matches(".*", ".hidden"));
  CHECK(matches("\\.*", ".hidden"));
  CHECK(matches("*", "a.b"));
}

TEST_CASE("remote glob: a backslash takes what follows as it is") {
  const auto components = split_glob("\\*a\\\\b");
  REQUIRE(components);
  CHECK(!components->front().is_pattern);
  CHECK(components->front().text == "*a\\b");
  CHECK(components->front().matches("*a\\b"));
  CHECK(matches("\\**", "*x"));
  CHECK(!matches("\\**", "x*"));
}

TEST_CASE("remote glob: a set that is not closed matches itself") {
  CHECK(matches("[ab", "[ab"));
  CHECK(!matches("[ab", "a"));
}

TEST_CASE("remote glob: what can be no path matches nothing, and is said") {
  const auto components = split_glob("a/../*");
  REQUIRE(!components);
  CHECK(components.error().code == ErrorCode::kInvalid);
}

}  // namespace
}  // namespace ndisk::client
