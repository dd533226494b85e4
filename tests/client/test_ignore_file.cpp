#include "client/filter/ignore_file.hpp"
#include "tests/catch.hpp"

namespace ndisk::client {
namespace {

std::optional<bool> ignores(std::string_view text, std::string_view path, bool is_folder = false) {
  return IgnoreFile::parse(text).ignores(path, is_folder);
}

TEST_CASE("ignore file: each line is a pattern") {
  CHECK(ignores("*.o\n/build/\n", "src/a.o") == true);
  CHECK(ignores("*.o\n/build/\n", "build", true) == true);
  CHECK(ignores("*.o\n/build/\n", "a.c") == std::nullopt);
}

TEST_CASE("ignore file: blank lines and comments say nothing") { CHECK(ignores("\n   \n# *\n", "a") == std::nullopt); }

TEST_CASE("ignore file: an exclamation mark takes back, and the last line that matches decides") {
  CHECK(ignores("*.o\n!keep.o\n", "keep.o") == false);
  CHECK(ignores("!keep.o\n*.o\n", "keep.o") == true);
}

TEST_CASE("ignore file: a backslash makes a mark in front plain") {
  CHECK(ignores("\\#x\n", "#x") == true);
  CHECK(ignores("\\!x\n", "!x") == true);
}

TEST_CASE("ignore file: blanks at the end are dropped unless a backslash stands before them") {
  CHECK(ignores("a  \n", "a") == true);
  CHECK(ignores("a\\ \n", "a ") == true);
  CHECK(ignores("a\\ \n", "a") == std::nullopt);
}

TEST_CASE("ignore file: line ends of other systems and a byte order mark are no part of a pattern") {
  CHECK(ignores("\xEF\xBB\xBF"
                "a\r\nb\r\n",
                "a") == true);
  CHECK(ignores("a\r\nb", "b") == true);
}

TEST_CASE("ignore file: a line that can match nothing is passed over") {
  CHECK(ignores("/\n!\na\n", "a") == true);
  CHECK(ignores("a\n!//a\n!a[\n![[:foo:]a]\n", "a") == true);
}

TEST_CASE("ignore file: classes leave out what they leave out in git") {
  CHECK(ignores("[[:alpha:]]*\n![[:upper:]]*\n", "secret") == true);
  CHECK(ignores("[[:alpha:]]*\n![[:upper:]]*\n", "Readme") == false);
  CHECK(ignores("[[:alpha:]]*\n", "1") == std::nullopt);
}

}  // namespace
}  // namespace ndisk::client
