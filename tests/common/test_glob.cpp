#include "common/glob.hpp"

#include "tests/catch.hpp"

namespace ndisk {

TEST_CASE("glob: a star takes any bytes, none included") {
  CHECK(glob_matches("*", ""));
  CHECK(glob_matches("*.mp3", ".mp3"));
  CHECK(glob_matches("a*b*c", "aXbYbZc"));
  CHECK_FALSE(glob_matches("*.mp3", "song.mp3x"));
}

TEST_CASE("glob: a question mark takes exactly one byte") {
  CHECK(glob_matches("a?c", "abc"));
  CHECK_FALSE(glob_matches("a?c", "ac"));
  CHECK_FALSE(glob_matches("?", "ä"));  // two bytes in UTF-8
}

TEST_CASE("glob: a set takes one byte of it, a negated one any other") {
  CHECK(glob_matches("[abc]x", "bx"));
  CHECK(glob_matches("[a-cz]", "z"));
  CHECK_FALSE(glob_matches("[a-c]", "d"));
  CHECK(glob_matches("[!a-c]", "d"));
  CHECK(glob_matches("[^a-c]", "d"));
  CHECK_FALSE(glob_matches("[!a-c]", "b"));
}

TEST_CASE("glob: brackets and dashes can be in a set") {
  CHECK(glob_matches("[]]", "]"));
  CHECK(glob_matches("[a-]", "-"));
  CHECK(glob_matches("[\\]]", "]"));
}

TEST_CASE("glob: a set that has no end is the bytes themselves") {
  CHECK(glob_matches("[ab", "[ab"));
  CHECK_FALSE(glob_matches("[ab", "a"));
}

TEST_CASE("glob: a set that has no end may stand behind one that has") {
  CHECK(glob_matches("[a]*[[x", "ab[[x"));
  CHECK(glob_matches("*[\\][[", "a[][["));
  CHECK_FALSE(glob_matches("*[[x", "a[["));
}

TEST_CASE("glob: a backslash takes the next byte as it is") {
  CHECK(glob_matches("\\*", "*"));
  CHECK_FALSE(glob_matches("\\*", "a"));
  CHECK(glob_matches("a\\", "a\\"));
}

TEST_CASE("glob: bytes that are not UTF-8 are bytes like any other") {
  CHECK(glob_matches("*\xff", "a\xff"));
  CHECK(glob_matches("[\x80-\xff]", "\xc3"));
}

TEST_CASE("glob: many stars on a long name that does not match end soon") {
  const std::string name(4000, 'a');
  CHECK_FALSE(glob_matches("a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*b", name));
}

TEST_CASE("glob: many sets that have no end, on a long name, end soon") {
  const std::string name(4000, '[');
  CHECK_FALSE(glob_matches("*" + std::string(3999, '[') + "x", name));
}

TEST_CASE("glob: plain names are told from patterns") {
  CHECK_FALSE(is_glob("song.mp3"));
  CHECK(is_glob("*.mp3"));
  CHECK(is_glob("a[1]"));
}

}  // namespace ndisk
