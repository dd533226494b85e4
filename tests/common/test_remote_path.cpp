#include "common/remote_path.hpp"

#include "tests/catch.hpp"

namespace ndisk {
namespace {

using std::string_literals::operator""s;

// A path of exactly `size` bytes whose components keep their limit.
std::string path_of(std::size_t size) {
  std::string path;
  while (path.size() < size) {
    if (!path.empty()) path.push_back('/');
    path.append(std::min<std::size_t>(size - path.size(), 200), 'a');
  }
  return path;
}

void check_invalid(const Result<RemotePath>& result, std::string_view words) {
  REQUIRE_FALSE(result);
  CHECK(result.error().code == ErrorCode::kInvalid);
  CHECK_THAT(result.error().message, Catch::Contains(std::string(words)));
}

TEST_CASE("path: the empty path is the root") {
  const auto root = RemotePath::from_wire("");
  REQUIRE(root);
  CHECK(root->is_root());
  CHECK(*root == RemotePath());
  CHECK(root->components().empty());
  CHECK(root->name().empty());
  CHECK(root->parent().is_root());
}

TEST_CASE("path: knows its name, its parent and its components") {
  const auto path = RemotePath::from_wire("a/b c/d.txt").value();
  CHECK(path.name() == "d.txt");
  CHECK(path.parent().bytes() == "a/b c");
  CHECK(path.components() == std::vector<std::string_view>{"a", "b c", "d.txt"});
  CHECK(path.parent().parent().parent().is_root());
}

TEST_CASE("path: the wire's form is strict about slashes") {
  for (const char* bytes : {"/", "/a", "a/", "a//b", "//"}) {
    CAPTURE(bytes);
    check_invalid(RemotePath::from_wire(bytes), "empty component");
  }
}

TEST_CASE("path: a person may write slashes in front, behind and doubled") {
  for (const char* text : {"a/b", "/a/b", "a/b/", "//a///b//"}) {
    CAPTURE(text);
    CHECK(RemotePath::from_user(text).value().bytes() == "a/b");
  }
  for (const char* text : {"", "/", "///"}) CHECK(RemotePath::from_user(text).value().is_root());
}

TEST_CASE("path: '.' and '..' are refused as components wherever they stand") {
  for (const char* bytes : {".", "..", "a/.", "a/..", "./a", "../a", "a/../b", "a/./b"}) {
    CAPTURE(bytes);
    check_invalid(RemotePath::from_wire(bytes), "can't have a component '.");
    check_invalid(RemotePath::from_user(bytes), "can't have a component '.");
  }
}

TEST_CASE("path: names that only look like '.' and '..' are fine") {
  for (const char* bytes : {"...", ".a", "a.", "..a", "a..", ". ", "a/.../b"}) {
    CAPTURE(bytes);
    CHECK(RemotePath::from_wire(bytes).value().bytes() == bytes);
  }
}

TEST_CASE("path: a NUL byte is refused") {
  for (const auto& bytes : {"\0"s, "a\0"s, "a/\0b"s}) check_invalid(RemotePath::from_wire(bytes), "NUL");
}

TEST_CASE("path: every other byte is allowed in a name") {
  for (int value = 1; value < 256; ++value) {
    if (value == '/') continue;
    const std::string name{'x', static_cast<char>(value)};
    CHECK(RemotePath::from_wire(name).value().bytes() == name);
  }
}

TEST_CASE("path: a component has at most 255 bytes") {
  CHECK(RemotePath::from_wire("a/" + std::string(255, 'x')));
  check_invalid(RemotePath::from_wire("a/" + std::string(256, 'x')), "the limit is 255");
  check_invalid(RemotePath::from_wire(std::string(256, 'x') + "/a"), "the limit is 255");
}

TEST_CASE("path: a path has at most 4096 bytes") {
  CHECK(RemotePath::from_wire(path_of(4096)).value().bytes().size() == 4096);
  check_invalid(RemotePath::from_wire(path_of(4097)), "the limit is 4096");
}

TEST_CASE("path: slashes that a person wrote too many do not count towards the limit") {
  CHECK(RemotePath::from_user("///" + path_of(4096) + "/").value().bytes().size() == 4096);
}

TEST_CASE("path: a child is a name below it") {
  CHECK(RemotePath().child("a").value().bytes() == "a");
  CHECK(RemotePath::from_wire("a").value().child("b").value().bytes() == "a/b");
  for (const auto& name : {""s, "."s, ".."s, "b/c"s, "\0"s, std::string(256, 'x')}) {
    CAPTURE(name);
    CHECK_FALSE(RemotePath::from_wire("a").value().child(name));
  }
}

TEST_CASE("path: joining the root changes nothing") {
  const auto path = RemotePath::from_wire("a/b").value();
  CHECK(path.join(RemotePath()).value() == path);
  CHECK(RemotePath().join(path).value() == path);
}

TEST_CASE("path: joining and appending keep the limit of a path") {
  const auto below = RemotePath::from_wire("bb").value();
  CHECK(RemotePath::from_wire(path_of(4093)).value().join(below).value().bytes().size() == 4096);
  check_invalid(RemotePath::from_wire(path_of(4094)).value().join(below), "too long");
  CHECK(RemotePath::from_wire(path_of(4093)).value().child("bb"));
  check_invalid(RemotePath::from_wire(path_of(4094)).value().child("bb"), "too long");
}

}  // namespace
}  // namespace ndisk
