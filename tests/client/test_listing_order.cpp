#include "client/remote/listing_order.hpp"
#include "tests/catch.hpp"

namespace ndisk::client {
namespace {

using Shape = ListingOrder::Shape;

// Names that end in '/' are folders.
bool is_accepted(Shape shape, const std::vector<std::string>& paths) {
  ListingOrder order(shape);
  for (auto path : paths) {
    const bool is_folder = path.ends_with('/');
    if (is_folder) path.pop_back();
    const auto checked = order.check(path, is_folder);
    if (checked) continue;
    CHECK(checked.error().code == ErrorCode::kProtocol);
    return false;
  }
  return true;
}

TEST_CASE("listing order: a folder's contents come directly after it, names by their bytes") {
  CHECK(is_accepted(Shape::kTree, {"a/", "a/b/", "a/b/c", "a/b.x", "a/c", "a-", "a.txt", "b", "\xff"}));
}

TEST_CASE("listing order: what is below a file or a link is refused") {
  CHECK(!is_accepted(Shape::kTree, {"a", "a/b"}));
  CHECK(!is_accepted(Shape::kTree, {"a/", "a/l", "a/l/b"}));
}

TEST_CASE("listing order: what is below a folder that was not listed is refused") {
  CHECK(!is_accepted(Shape::kTree, {"a/b"}));
  CHECK(!is_accepted(Shape::kTree, {"a/", "a/b/c"}));
  CHECK(!is_accepted(Shape::kTree, {"a/", "ab/c"}));
}

TEST_CASE("listing order: a name that comes twice or too late is refused") {
  const auto paths = GENERATE(std::vector<std::string>{"a", "a"}, std::vector<std::string>{"b", "a"},
                              std::vector<std::string>{"a/", "b", "a/c"}, std::vector<std::string>{"a/", "a/c", "a"},
                              std::vector<std::string>{"a", "a/"});
  CHECK(!is_accepted(Shape::kTree, paths));
  CHECK(!is_accepted(Shape::kFiltered, paths));
}

TEST_CASE("listing order: what a file became while pages were read is passed over, and nothing else") {
  ListingOrder order(Shape::kTree);
  order.begin_page();
  REQUIRE(order.check("a", true));
  REQUIRE(order.check("a/b", false));
  CHECK(!order.is_overtaken("a/b/c"));  // within a page it is a broken rule
  order.begin_page();
  CHECK(order.is_overtaken("a/b/c"));
  CHECK(order.is_overtaken("a/b/c/d"));
  CHECK(!order.is_overtaken("a/bc"));
  order.begin_page();  // a page of nothing else
  CHECK(order.is_overtaken("a/b/e"));
  REQUIRE(order.check("a/c", false));
  CHECK(!order.is_overtaken("a/c/d"));
  CHECK(!order.check("a/c/d", false));
}

TEST_CASE("listing order: a folder's contents go on in the next page") {
  ListingOrder order(Shape::kTree);
  REQUIRE(order.check("a", true));
  order.begin_page();
  CHECK(!order.is_overtaken("a/b"));
  CHECK(order.check("a/b", false));
}

TEST_CASE("listing order: a listing of one folder has names only") {
  CHECK(is_accepted(Shape::kOneFolder, {"a/", "b"}));
  CHECK(!is_accepted(Shape::kOneFolder, {"a/", "a/b"}));
}

TEST_CASE("listing order: a filter may leave out the folders above") {
  CHECK(is_accepted(Shape::kFiltered, {"a/b/c", "a/d", "e/f"}));
}

}  // namespace
}  // namespace ndisk::client
