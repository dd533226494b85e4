#include "common/path_parts.hpp"

#include "tests/catch.hpp"

namespace ndisk {

TEST_CASE("path parts: a path is cut at its last slash") {
  CHECK(parent_path("a/b/c") == "a/b");
  CHECK(last_name("a/b/c") == "c");
}

TEST_CASE("path parts: a single name lies in nothing") {
  CHECK(parent_path("a").empty());
  CHECK(last_name("a") == "a");
  CHECK(parent_path("").empty());
  CHECK(last_name("").empty());
}

TEST_CASE("path parts: what lies below a folder is told from what only begins like it") {
  CHECK(is_below("a/b", "a"));
  CHECK(is_below("a/b/c", "a"));
  CHECK_FALSE(is_below("ab", "a"));
  CHECK_FALSE(is_below("a", "a"));
  CHECK(is_below("a", ""));
  CHECK_FALSE(is_below("", ""));
}

}  // namespace ndisk
