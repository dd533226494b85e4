#include "client/remote/tree_order.hpp"

#include "common/remote_path.hpp"
#include "tests/catch.hpp"

namespace ndisk::client {
namespace {

TEST_CASE("tree order: what is in a folder comes directly after it") {
  const std::vector<std::string> sorted{"", "a", "a/b", "a/b/c", "a/\xFF", "a\x01", "a-", "a.txt", "a0", "b", "\xC3"};
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    for (std::size_t k = 0; k < sorted.size(); ++k) {
      INFO(sorted[i] << " and " << sorted[k]);
      CHECK((compare_in_tree(sorted[i], sorted[k]) == (i <=> k)));
    }
  }
}

TEST_CASE("tree order: below means inside, not beside a name that begins alike") {
  CHECK(is_below("a/b/c", "a"));
  CHECK_FALSE(is_below("a", "a"));
  CHECK_FALSE(is_below("ab", "a"));
  CHECK(is_below("a", ""));
  CHECK_FALSE(is_below("", ""));
}

TEST_CASE("tree order: the path just before another can be, and comes behind its smaller neighbours") {
  for (const std::string path : {"b", "a/b", "a/\x01", "a/0", "/", "a/.x", "\x01", "a/x\x01"}) {
    if (!RemotePath::from_wire(path)) continue;
    INFO(path);
    const auto before = just_before(path);
    CHECK(RemotePath::from_wire(before));
    CHECK((compare_in_tree(before, path) < 0));
  }
  CHECK((compare_in_tree("dir/azzz/deep/file", just_before("dir/b")) < 0));
  CHECK((compare_in_tree("a/file", just_before("b/c")) < 0));
}

TEST_CASE("tree order: the path just before the longest ones can be, too") {
  const std::string name(kMaxComponentBytes, 'n');
  CHECK(RemotePath::from_wire(just_before(name)));
  std::string path = name;
  while (path.size() + 1 + name.size() <= kMaxPathBytes) path += "/" + name;
  CHECK(RemotePath::from_wire(just_before(path)));
  CHECK((compare_in_tree(just_before(path), path) < 0));
}

}  // namespace
}  // namespace ndisk::client
