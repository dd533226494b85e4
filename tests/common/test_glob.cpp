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

// Every verdict below is git's, of the same pattern in a .gitignore.
TEST_CASE("glob: a class in a set stands for its bytes of ASCII") {
  const std::string ascii = [] {
    std::string all;
    for (char byte = 1; byte < 0x7F; ++byte) all.push_back(byte);
    return all + "\x7F\x80\xE9\xFF";
  }();
  const auto held = [&ascii](std::string_view pattern) {
    std::string found;
    for (const auto& byte : ascii) {
      if (glob_matches(pattern, std::string_view(&byte, 1))) found.push_back(byte);
    }
    return found;
  };
  const std::string digits = "0123456789", upper = "ABCDEFGHIJKLMNOPQRSTUVWXYZ", lower = "abcdefghijklmnopqrstuvwxyz";
  const std::string graph = ascii.substr(0x20, 0x5E);
  CHECK(held("[[:digit:]]") == digits);
  CHECK(held("[[:upper:]]") == upper);
  CHECK(held("[[:lower:]]") == lower);
  CHECK(held("[[:alpha:]]") == upper + lower);
  CHECK(held("[[:alnum:]]") == digits + upper + lower);
  CHECK(held("[[:xdigit:]]") == digits + "ABCDEFabcdef");
  CHECK(held("[[:blank:]]") == "\t ");
  CHECK(held("[[:space:]]") == "\t\n\v\f\r ");
  CHECK(held("[[:cntrl:]]") == ascii.substr(0, 0x1F) + "\x7F");
  CHECK(held("[[:graph:]]") == graph);
  CHECK(held("[[:print:]]") == " " + graph);
  CHECK(held("[[:punct:]]") == "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~");
  CHECK(held("[![:cntrl:]]") == " " + graph + "\x80\xE9\xFF");
}

TEST_CASE("glob: classes stand beside bytes, ranges and each other, and can be turned round") {
  CHECK(glob_matches("[[:alpha:]]*", "abc"));
  CHECK_FALSE(glob_matches("[[:alpha:]]*", "1bc"));
  CHECK(glob_matches("[[:alpha:][:digit:]_-]", "-"));
  CHECK(glob_matches("[_[:alpha:]0-4]", "3"));
  CHECK_FALSE(glob_matches("[[:alpha:]0-4]", "5"));
  CHECK(glob_matches("[![:alpha:]]", "1"));
  CHECK_FALSE(glob_matches("[^[:alpha:]5]", "5"));
  CHECK(glob_matches("[[:digit:]-a]", "-"));  // a class begins no range
  CHECK_FALSE(glob_matches("[[:digit:]-a]", "Z"));
  CHECK(glob_matches("[+-[:digit:]]x", "-]x"));  // nor does it end one: this one goes up to the '['
}

TEST_CASE("glob: a set with a class that there is not holds nothing") {
  for (const auto* pattern :
       {"[[:foo:]]", "[a[:foo:]]", "[![:foo:]]", "[[:foo:]a]", "[[:ALPHA:]]", "[[:^alpha:]]", "[[::]]"}) {
    CHECK_FALSE(glob_matches(pattern, "a"));
    CHECK_FALSE(glob_matches(pattern, pattern));
  }
}

TEST_CASE("glob: what only looks like a class is bytes") {
  CHECK(glob_matches("[[:a]", ":"));
  CHECK(glob_matches("[[:a]", "["));
  CHECK(glob_matches("[[:]]", "[]"));
  CHECK(glob_matches("[[.a.]]", "a]"));
  CHECK(glob_matches("[[\\:alpha:]]", "a]"));
  CHECK(glob_matches("[:alpha:]", "p"));
  CHECK_FALSE(glob_matches("[:alpha:]", "z"));
}

TEST_CASE("glob: of a range that goes down its first byte is left") {
  CHECK(glob_matches("[b-a]", "b"));
  CHECK_FALSE(glob_matches("[b-a]", "a"));
  CHECK_FALSE(glob_matches("[b-a]", "-"));
  CHECK(glob_matches("[!b-a]", "a"));
  CHECK(glob_matches("[a-c-e]", "-"));
  CHECK_FALSE(glob_matches("[a-c-e]", "d"));
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

TEST_CASE("glob: behind a set that has no end brackets are bytes") {
  CHECK(glob_matches("[[:x:]", "[[:x:]"));
  CHECK_FALSE(glob_matches("[[:x:]", "[x"));
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

TEST_CASE("glob: many beginnings of a class, on a long name, end soon") {
  std::string pattern;
  for (int i = 0; i < 500; ++i) pattern += "[:";
  CHECK_FALSE(glob_matches("*[" + pattern + "]b", std::string(4000, 'a')));
}

TEST_CASE("glob: plain names are told from patterns") {
  CHECK_FALSE(is_glob("song.mp3"));
  CHECK(is_glob("*.mp3"));
  CHECK(is_glob("a[1]"));
}

}  // namespace ndisk
