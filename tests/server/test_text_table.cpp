#include "server/text_table.hpp"

#include "tests/catch.hpp"

namespace ndisk::server {

TEST_CASE("text table: columns are aligned, figures at the right") {
  TextTable table({"NAME", ">FILES", "STATE"});
  table.add({"anna", "7", "here"});
  table.add({"j\xC3\xB6rg-of-the-hill", "12345", ""});
  CHECK(table.text() ==
        "NAME              FILES  STATE\n"
        "anna                  7  here\n"
        "j\xC3\xB6rg-of-the-hill  12345\n");
}

TEST_CASE("text table: without rows there is nothing, not even headings") { CHECK(TextTable({"NAME"}).text().empty()); }

}  // namespace ndisk::server
