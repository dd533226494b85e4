#include "common/shown_name.hpp"

#include "tests/catch.hpp"

namespace ndisk {
namespace {

using std::string_literals::operator""s;

TEST_CASE("shown name: ordinary text stays as it is") {
  for (const char* name : {"", "song.mp3", "a b'c\"d", "Grüße", "日本語", "🎵", "a/b"}) CHECK(shown_name(name) == name);
}

TEST_CASE("shown name: a newline and a backslash get their short escapes") {
  CHECK(shown_name("a\nb") == "a\\nb");
  CHECK(shown_name("a\\nb") == "a\\\\nb");
}

TEST_CASE("shown name: other control characters are shown in hexadecimal") {
  CHECK(shown_name("\0"s) == "\\x00");
  CHECK(shown_name("\t\r\x1b[31m\x1f\x7f") == "\\x09\\x0D\\x1B[31m\\x1F\\x7F");
  CHECK(shown_name(" ~") == " ~");
}

TEST_CASE("shown name: C1 control characters are shown byte by byte") {
  CHECK(shown_name("\xC2\x80") == "\\xC2\\x80");
  CHECK(shown_name("\xC2\x9F") == "\\xC2\\x9F");
  CHECK(shown_name("\xC2\xA0") == "\xC2\xA0");
}

TEST_CASE("shown name: bytes that are not UTF-8 are shown one by one, and what follows is kept") {
  CHECK(shown_name("a\xFF"
                   "b") == "a\\xFFb");
  CHECK(shown_name("\xE2\x82"
                   "a") == "\\xE2\\x82a");
  CHECK(shown_name("\xF0\x9F\x8E") == "\\xF0\\x9F\\x8E");
  CHECK(shown_name("\xC3\xC3\xBC") == "\\xC3\xC3\xBC");
}

TEST_CASE("shown name: two names that differ are shown differently") {
  CHECK(shown_name("\n") != shown_name("\\n"));
  CHECK(shown_name("\xFF") != shown_name("\\xFF"));
}

TEST_CASE("utf-8: the first and last sequence of every length are valid") {
  for (const auto& bytes : {"\0"s, "\x7F"s, "\xC2\x80"s, "\xDF\xBF"s, "\xE0\xA0\x80"s, "\xEF\xBF\xBF"s,
                            "\xF0\x90\x80\x80"s, "\xF4\x8F\xBF\xBF"s}) {
    CAPTURE(shown_name(bytes));
    CHECK(is_utf8(bytes));
  }
}

TEST_CASE("utf-8: both neighbours of the surrogates are valid, surrogates are not") {
  CHECK(is_utf8("\xED\x9F\xBF"));
  CHECK_FALSE(is_utf8("\xED\xA0\x80"));
  CHECK_FALSE(is_utf8("\xED\xBF\xBF"));
  CHECK(is_utf8("\xEE\x80\x80"));
}

TEST_CASE("utf-8: overlong forms are not valid") {
  for (const char* bytes :
       {"\xC0\x80", "\xC1\xBF", "\xE0\x80\x80", "\xE0\x9F\xBF", "\xF0\x80\x80\x80", "\xF0\x8F\xBF\xBF"}) {
    CAPTURE(shown_name(bytes));
    CHECK_FALSE(is_utf8(bytes));
  }
}

TEST_CASE("utf-8: nothing beyond U+10FFFF is valid") {
  for (const char* bytes : {"\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xF8\x88\x80\x80\x80", "\xFE", "\xFF"}) {
    CAPTURE(shown_name(bytes));
    CHECK_FALSE(is_utf8(bytes));
  }
}

TEST_CASE("utf-8: a sequence cut at any place is not valid, nor is a lone continuation byte") {
  for (const auto& whole : {"\xC3\xBC"s, "\xE2\x82\xAC"s, "\xF0\x9F\x8E\xB5"s}) {
    for (std::size_t size = 1; size < whole.size(); ++size) {
      CHECK_FALSE(is_utf8(whole.substr(0, size)));
      CHECK_FALSE(is_utf8(whole.substr(0, size) + "a"));
    }
  }
  CHECK_FALSE(is_utf8("\x80"));
  CHECK_FALSE(is_utf8("a\xBF"));
}

TEST_CASE("shown name: printable is what has no control characters of one byte or two and is UTF-8") {
  for (const char* text : {"", "plain", "a\\b", "\xC3\xBC", "\xC2\xA0", "\xE2\x82\xAC", "\xF0\x9F\x98\x80"}) {
    CAPTURE(shown_name(text));
    CHECK(is_printable(text));
  }
  for (const char* text : {"a\nb", "\x1b[2J", "\x7F", "\xC2\x9BK", "\xC2\x80", "\xC2\x9F", "\xFF", "a\xC3"}) {
    CAPTURE(shown_name(text));
    CHECK_FALSE(is_printable(text));
  }
}

}  // namespace
}  // namespace ndisk
