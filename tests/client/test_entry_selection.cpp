#include "client/download/entry_selection.hpp"
#include "tests/catch.hpp"

namespace ndisk::client {
namespace {

using Names = std::vector<std::string>;

// Which of the entries are taken; those that end in '/' are folders, and "(a/)" is one that is gone through.
Names selected(const Names& entries, const std::optional<Names>& names,
               const std::vector<FilterOptions::Rule>& rules = {}, Names* missing = nullptr) {
  const auto filter = Filter::make(rules).value();
  EntrySelection selection(filter, names);
  Names taken;
  for (const auto& entry : entries) {
    const bool is_folder = entry.ends_with('/');
    const auto verdict = selection.next(is_folder ? entry.substr(0, entry.size() - 1) : entry, is_folder);
    if (verdict == EntrySelection::Verdict::kTake) taken.push_back(entry);
    if (verdict == EntrySelection::Verdict::kThrough) taken.push_back("(" + entry + ")");
  }
  const auto rest = selection.missing();
  if (missing != nullptr) *missing = rest;
  return taken;
}

const Names kTree{"a/", "a/b/", "a/b/c", "a/d", "e", "f/", "f/g"};

TEST_CASE("entry selection: without rules everything is taken") { CHECK(selected(kTree, std::nullopt) == kTree); }

TEST_CASE("entry selection: names are taken with all below them, and the folders above are gone through") {
  CHECK(selected(kTree, Names{"a/b", "e"}) == Names{"(a/)", "a/b/", "a/b/c", "e"});
  CHECK(selected(kTree, Names{"a", "a/b/c"}) == Names{"a/", "a/b/", "a/b/c", "a/d"});
  CHECK(selected(kTree, Names{"f/g"}) == Names{"(f/)", "f/g"});
  CHECK(selected(kTree, Names{}).empty());
}

TEST_CASE("entry selection: the empty name is the operand itself") { CHECK(selected(kTree, Names{""}) == kTree); }

TEST_CASE("entry selection: names that were not there are known at the end") {
  Names missing;
  CHECK(selected(kTree, Names{"a/b/x", "a/d", "zz"}, {}, &missing) == Names{"(a/)", "(a/b/)", "a/d"});
  CHECK(missing == Names{"a/b/x", "zz"});
}

TEST_CASE("entry selection: what is named is taken whatever filters say, and they count below it") {
  Names missing;
  const std::vector<FilterOptions::Rule> rules{{.include = false, .pattern = "b"}, {.include = false, .pattern = "g"}};
  CHECK(selected(kTree, Names{"a/b/c", "e"}, rules, &missing) == Names{"(a/)", "(a/b/)", "a/b/c", "e"});
  CHECK(selected(kTree, Names{"a/b", "f"}, rules, &missing) == Names{"(a/)", "a/b/", "f/"});
  CHECK(missing.empty());
}

TEST_CASE("entry selection: a name below a named folder, in one that a filter leaves out, is not missing") {
  Names missing;
  CHECK(selected(kTree, Names{"a", "a/b/c"}, {{.include = false, .pattern = "b"}}, &missing) == Names{"a/", "a/d"});
  CHECK(missing.empty());
}

TEST_CASE("entry selection: an excluded folder takes all below it along") {
  CHECK(selected(kTree, std::nullopt, {{.include = false, .pattern = "a"}}) == Names{"e", "f/", "f/g"});
}

TEST_CASE("entry selection: with includes alone, folders are gone through") {
  CHECK(selected(kTree, std::nullopt, {{.include = true, .pattern = "c"}}) == Names{"(a/)", "(a/b/)", "a/b/c", "(f/)"});
}

}  // namespace
}  // namespace ndisk::client
