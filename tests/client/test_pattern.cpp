#include "client/filter/pattern.hpp"
#include "tests/catch.hpp"

namespace ndisk::client {
namespace {

bool matches(std::string_view pattern, std::string_view path, bool is_folder = false) {
  return Pattern::parse(pattern).value().matches(path, is_folder);
}

TEST_CASE("pattern: without a slash it matches the last name at any depth") {
  CHECK(matches("*.bak", "a.bak"));
  CHECK(matches("*.bak", "deep/down/a.bak"));
  CHECK_FALSE(matches("*.bak", "a.bak/file"));
  CHECK_FALSE(matches("*.bak", "a.txt"));
}

TEST_CASE("pattern: a slash in front or inside anchors it to its own folder") {
  CHECK(matches("/build", "build"));
  CHECK_FALSE(matches("/build", "src/build"));
  CHECK(matches("src/*.c", "src/a.c"));
  CHECK_FALSE(matches("src/*.c", "lib/src/a.c"));
}

TEST_CASE("pattern: a star never takes a slash") {
  CHECK_FALSE(matches("src/*.c", "src/deep/a.c"));
  CHECK_FALSE(matches("/*", "a/b"));
}

TEST_CASE("pattern: a slash at the end matches folders only, and does not anchor") {
  CHECK(matches("cache/", "deep/cache", true));
  CHECK_FALSE(matches("cache/", "deep/cache", false));
}

TEST_CASE("pattern: two stars in front match in every folder, the first included") {
  CHECK(matches("**/logs/debug.log", "logs/debug.log"));
  CHECK(matches("**/logs/debug.log", "a/b/logs/debug.log"));
  CHECK_FALSE(matches("**/logs/debug.log", "logs/a/debug.log"));
}

TEST_CASE("pattern: two stars at the end match everything inside, not the folder itself") {
  CHECK(matches("abc/**", "abc/x"));
  CHECK(matches("abc/**", "abc/x/y"));
  CHECK_FALSE(matches("abc/**", "abc", true));
}

TEST_CASE("pattern: two stars inside match any number of folders, none included") {
  CHECK(matches("a/**/b", "a/b"));
  CHECK(matches("a/**/b", "a/x/b"));
  CHECK(matches("a/**/b", "a/x/y/b"));
  CHECK_FALSE(matches("a/**/b", "a/x/c"));
}

TEST_CASE("pattern: two stars that are not a whole name are as one") {
  CHECK(matches("/a**b", "axxb"));
  CHECK_FALSE(matches("/a**b", "ax/xb"));
  CHECK(matches("**", "any/name"));
}

TEST_CASE("pattern: sets, question marks and backslashes are a shell's") {
  CHECK(matches("[a-c]?.jpg", "x/b1.jpg"));
  CHECK_FALSE(matches("[!a-c]?.jpg", "b1.jpg"));
  CHECK(matches("\\*", "*"));
  CHECK_FALSE(matches("\\*", "a"));
}

TEST_CASE("pattern: classes of POSIX hold for files in any folder") {
  CHECK(matches("[[:alpha:]]*", "deep/secret"));
  CHECK_FALSE(matches("[[:alpha:]]*", "deep/1"));
  CHECK(matches("/[[:upper:]][![:digit:]]", "Ab"));
}

TEST_CASE("pattern: a backslash before a slash makes no difference") {
  CHECK(matches("a\\/b", "a/b"));
  CHECK_FALSE(matches("a\\\\/b", "a/b"));
  CHECK(matches("a\\\\/b", "a\\/b"));
}

TEST_CASE("pattern: one that matches a folder covers all that is below it") {
  const auto pattern = Pattern::parse("cache/").value();
  CHECK(pattern.covers("a/cache/deep/file", false));
  CHECK_FALSE(pattern.covers("a/cache", false));
  CHECK(pattern.covers("a/cache", true));
}

TEST_CASE("pattern: many pairs of stars take no endless time") {
  std::string pattern, path;
  for (int i = 0; i < 100; ++i) pattern += "**/a/";
  for (int i = 0; i < 1000; ++i) path += "a/";
  CHECK_FALSE(matches(pattern + "b", path + "c"));
}

TEST_CASE("pattern: what can match nothing is refused") {
  CHECK(Pattern::parse("").error().code == ErrorCode::kInvalid);
  CHECK(Pattern::parse("/").error().code == ErrorCode::kInvalid);
}

TEST_CASE("pattern: what can match nothing in git is refused") {
  for (const auto* text : {"//a", "a//b", "a//", "//", "[ab", "a[", "x/[!", "a\\", "[[:foo:]]*", "*[[:alpha:]"}) {
    const auto parsed = Pattern::parse(text);
    REQUIRE(!parsed);
    CHECK(parsed.error().code == ErrorCode::kInvalid);
  }
}

}  // namespace
}  // namespace ndisk::client
