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

TEST_CASE("listing order: a listing of one folder has names only") {
  CHECK(is_accepted(Shape::kOneFolder, {"a/", "b"}));
  CHECK(!is_accepted(Shape::kOneFolder, {"a/", "a/b"}));
}

TEST_CASE("listing order: a filter may leave out the folders above") {
  CHECK(is_accepted(Shape::kFiltered, {"a/b/c", "a/d", "e/f"}));
}

}  // namespace
}  // namespace ndisk::client
