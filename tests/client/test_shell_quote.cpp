#include "client/shell_quote.hpp"

#include "tests/catch.hpp"

namespace ndisk::client {
namespace {

TEST_CASE("shell quote: a plain word stays as it is") {
  CHECK(shell_quoted("photos/2024-05.tar") == "photos/2024-05.tar");
}

TEST_CASE("shell quote: what means something to a shell is quoted, nothing at all included") {
  CHECK(shell_quoted("my photos") == "'my photos'");
  CHECK(shell_quoted("*.o") == "'*.o'");
  CHECK(shell_quoted("") == "''");
  CHECK(shell_quoted("~") == "'~'");
}

TEST_CASE("shell quote: a quote inside ends, stands and begins again") { CHECK(shell_quoted("it's") == "'it'\\''s'"); }

TEST_CASE("shell quote: other scripts stay readable") {
  CHECK(shell_quoted("\xC3\xA9t\xC3\xA9") == "'\xC3\xA9t\xC3\xA9'");
}

TEST_CASE("shell quote: control characters and other bytes are given by number") {
  CHECK(shell_quoted("a\nb") == "$'a\\012b'");
  CHECK(shell_quoted("\xFF"
                     "1 x") == "$'\\3771 x'");
}

TEST_CASE("shell quote: a line is its words with blanks between") {
  const char* words[] = {"ndisk", "put", "my file"};
  CHECK(shell_line(words) == "ndisk put 'my file'");
}

}  // namespace
}  // namespace ndisk::client
