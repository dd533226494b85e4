#include "client/filter/filter.hpp"
#include "tests/catch.hpp"
#include "tests/client/scratch_folder.hpp"

namespace ndisk::client {
namespace {

using Verdict = Filter::Verdict;
using Rules = std::vector<FilterOptions::Rule>;

Filter filter_of(const Rules& rules) { return Filter::make(rules).value(); }

TEST_CASE("filter: without rules nothing is said of anything") {
  CHECK(Filter().verdict("a", false) == Verdict::kUnsaid);
  CHECK(Filter().verdict("a", true) == Verdict::kUnsaid);
}

TEST_CASE("filter: an exclude leaves out what it matches and nothing else") {
  const auto filter = filter_of({{false, "*.tmp"}});
  CHECK(filter.verdict("x/a.tmp", false) == Verdict::kLeaveOut);
  CHECK(filter.verdict("x/a.txt", false) == Verdict::kUnsaid);
}

TEST_CASE("filter: an exclude of a folder leaves out all below it") {
  CHECK(filter_of({{false, "cache/"}}).verdict("x/cache/deep/file", false) == Verdict::kLeaveOut);
}

TEST_CASE("filter: the first rule that matches decides") {
  const auto filter = filter_of({{true, "keep.tmp"}, {false, "*.tmp"}});
  CHECK(filter.verdict("keep.tmp", false) == Verdict::kTake);
  CHECK(filter.verdict("other.tmp", false) == Verdict::kLeaveOut);
  CHECK(filter_of({{false, "*.tmp"}, {true, "keep.tmp"}}).verdict("keep.tmp", false) == Verdict::kLeaveOut);
}

TEST_CASE("filter: with includes only, other files are left out and folders gone through") {
  const auto filter = filter_of({{true, "*.jpg"}});
  CHECK(filter.verdict("x/a.jpg", false) == Verdict::kTake);
  CHECK(filter.verdict("x/a.txt", false) == Verdict::kLeaveOut);
  CHECK(filter.verdict("x", true) == Verdict::kThrough);
}

TEST_CASE("filter: an include of a folder takes all below it") {
  CHECK(filter_of({{true, "/docs/"}}).verdict("docs/deep/file", false) == Verdict::kTake);
}

TEST_CASE("filter: a pattern that can match nothing is named with its option") {
  const auto made = Filter::make({{false, "/"}});
  REQUIRE_FALSE(made);
  CHECK(made.error().code == ErrorCode::kInvalid);
  CHECK(made.error().message.starts_with("--exclude"));
}

TEST_CASE("names of --files-from: sorted as trees are, each once, without what means nothing") {
  const auto names = parse_names("b\n./a//x/\n\na\nb\na.txt\n");
  CHECK(names.value() == std::vector<std::string>{"a", "a/x", "a.txt", "b"});
}

TEST_CASE("names of --files-from: a line without an end counts, and the folder itself is the empty name") {
  CHECK(parse_names(".\nlast").value() == std::vector<std::string>{"", "last"});
}

TEST_CASE("names of --files-from: a path that can't be is named by its line") {
  const auto names = parse_names("a\n../b\n");
  REQUIRE_FALSE(names);
  CHECK(names.error().code == ErrorCode::kInvalid);
  CHECK(names.error().message.find("line 2") != std::string::npos);
}

TEST_CASE("names of --files-from: come from a file, and a missing one is not found") {
  const ScratchFolder scratch;
  CHECK(read_names(scratch.write("list", "x y\nb\n")).value() == std::vector<std::string>{"b", "x y"});
  CHECK(read_names(scratch.path("none")).error().code == ErrorCode::kNotFound);
}

}  // namespace
}  // namespace ndisk::client
