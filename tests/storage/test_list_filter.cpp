#include "tests/storage/namespace_fixture.hpp"

namespace ndisk::storage {
namespace {

using Names = std::vector<std::string>;

// All pages of a listing, by `reached` as a client goes on. Counts the pages.
Names all_pages(NamespaceFixture& fixture, ListRequest request, int* pages = nullptr) {
  Names names;
  for (int count = 1;; ++count) {
    auto page = fixture.drive->list(fixture.actor, request);
    REQUIRE(page);
    for (const auto& entry : page->entries) names.push_back(entry.path + (entry.kind == Kind::kFolder ? "/" : ""));
    if (pages != nullptr) *pages = count;
    if (page->last) return names;
    REQUIRE(page->reached > request.after);
    request.after = page->reached;
  }
}

ListRequest recursive() {
  ListRequest request;
  request.recursive = true;
  return request;
}

ListRequest filtered(Filter filter) {
  auto request = recursive();
  request.filter = std::move(filter);
  return request;
}

void fill(NamespaceFixture& fixture) {
  for (const auto* name : {"a.txt", "b/c.txt", "b/d.md", "b/e/f.txt", "g/h.md"}) REQUIRE(fixture.put(name, name));
  REQUIRE(fixture.put("b/zero", ""));
  REQUIRE(fixture.make_folder("empty"));
  REQUIRE(fixture.put_link("link", "a.txt"));
}

}  // namespace

TEST_CASE("find: names by globs, of which one must match the last component") {
  NamespaceFixture fixture;
  fill(fixture);
  Filter filter;
  filter.names = {"*.txt"};
  CHECK(all_pages(fixture, filtered(filter)) == Names{"a.txt", "b/c.txt", "b/e/f.txt"});
  filter.names = {"?.md", "e"};
  CHECK(all_pages(fixture, filtered(filter)) == Names{"b/d.md", "b/e/", "g/h.md"});
  filter.names = {"b/*"};
  CHECK(all_pages(fixture, filtered(filter)).empty());
}

TEST_CASE("find: kinds") {
  NamespaceFixture fixture;
  fill(fixture);
  Filter filter;
  filter.kinds = {Kind::kFolder};
  CHECK(all_pages(fixture, filtered(filter)) == Names{"b/", "b/e/", "empty/", "g/"});
  filter.kinds = {Kind::kLink};
  CHECK(all_pages(fixture, filtered(filter)) == Names{"link"});
  filter.kinds = {Kind::kLink, Kind::kFolder};
  CHECK(all_pages(fixture, filtered(filter)) == Names{"b/", "b/e/", "empty/", "g/", "link"});
}

TEST_CASE("find: sizes, bounds included, of files and links only") {
  NamespaceFixture fixture;
  for (const auto* content : {"", "1", "12", "123"}) {
    REQUIRE(fixture.put("f/" + std::to_string(std::string_view(content).size()), content));
  }
  Filter filter;
  filter.min_size = 1;
  CHECK(all_pages(fixture, filtered(filter)) == Names{"f/1", "f/2", "f/3"});
  filter.max_size = 2;
  CHECK(all_pages(fixture, filtered(filter)) == Names{"f/1", "f/2"});
  filter.min_size.reset();
  CHECK(all_pages(fixture, filtered(filter)) == Names{"f/0", "f/1", "f/2"});
}

TEST_CASE("find: by mtime, bounds left out, folders too") {
  NamespaceFixture fixture;
  for (const int mtime : {10, 20, 30}) {
    REQUIRE(fixture.put(fixture.small(std::to_string(mtime), to_bytes("x"), mtime)));
  }
  FolderRequest folder;
  folder.path = at("folder");
  folder.attributes = Attributes{20, 0755};
  REQUIRE(fixture.make(folder));
  Filter filter;
  filter.newer_than = 10;
  CHECK(all_pages(fixture, filtered(filter)) == Names{"20", "30", "folder/"});
  filter.older_than = 30;
  CHECK(all_pages(fixture, filtered(filter)) == Names{"20", "folder/"});
}

TEST_CASE("find: empty files and folders with nothing in them") {
  NamespaceFixture fixture;
  fill(fixture);
  Filter filter;
  filter.empty = true;
  CHECK(all_pages(fixture, filtered(filter)) == Names{"b/zero", "empty/"});
}

TEST_CASE("find: every condition must hold") {
  NamespaceFixture fixture;
  fill(fixture);
  Filter filter;
  filter.names = {"*.txt"};
  filter.min_size = 6;
  CHECK(all_pages(fixture, filtered(filter)) == Names{"b/c.txt", "b/e/f.txt"});
}

TEST_CASE("find: a folder that is not shown is gone through all the same") {
  NamespaceFixture fixture;
  fill(fixture);
  Filter filter;
  filter.names = {"f.txt"};
  CHECK(all_pages(fixture, filtered(filter)) == Names{"b/e/f.txt"});
}

TEST_CASE("find: a page ends after so many entries that were looked at, and says how far it got") {
  NamespaceFixture fixture;
  fill(fixture);
  Filter filter;
  filter.names = {"h.md"};
  for (std::size_t most = 1; most < 12; ++most) {
    auto request = filtered(filter);
    request.max_visited = most;
    int pages = 0;
    CHECK(all_pages(fixture, request, &pages) == Names{"g/h.md"});
    CHECK(pages == static_cast<int>((11 + most - 1) / most));
  }
}

TEST_CASE("find: a page without an entry is not the last by that alone") {
  NamespaceFixture fixture;
  fill(fixture);
  Filter filter;
  filter.names = {"h.md"};
  auto request = filtered(filter);
  request.max_visited = 3;
  const auto page = fixture.drive->list(fixture.actor, request);
  REQUIRE(page);
  CHECK(page->entries.empty());
  CHECK_FALSE(page->last);
  CHECK(page->reached == "b/c.txt");
}

TEST_CASE("find: a file itself is shown only if the filter shows it") {
  NamespaceFixture fixture;
  fill(fixture);
  Filter filter;
  filter.names = {"*.md"};
  auto request = filtered(filter);
  request.path = at("a.txt");
  const auto page = fixture.drive->list(fixture.actor, request);
  REQUIRE(page);
  CHECK(page->is_file);
  CHECK(page->last);
  CHECK(page->entries.empty());
}

TEST_CASE("list: totals of the folders, if they are asked for") {
  NamespaceFixture fixture;
  fill(fixture);
  auto request = recursive();
  request.with_totals = true;
  const auto page = fixture.drive->list(fixture.actor, request);
  REQUIRE(page);
  for (const auto& entry : page->entries) {
    CHECK(entry.totals.has_value() == (entry.kind == Kind::kFolder));
    if (entry.path == "b") CHECK(entry.totals == Totals{4, 1, 22});
    if (entry.path == "empty") CHECK(entry.totals == Totals{});
  }
}

TEST_CASE("list: totals that only the filter needs are not shown") {
  NamespaceFixture fixture;
  fill(fixture);
  Filter filter;
  filter.empty = true;
  const auto page = fixture.drive->list(fixture.actor, filtered(filter));
  REQUIRE(page);
  for (const auto& entry : page->entries) CHECK_FALSE(entry.totals);
}

TEST_CASE("list: no deeper than was asked for, in pages of every size") {
  NamespaceFixture fixture;
  fill(fixture);
  const Names two = {"a.txt", "b/", "b/c.txt", "b/d.md", "b/e/", "b/zero", "empty/", "g/", "g/h.md", "link"};
  const Names one = {"a.txt", "b/", "empty/", "g/", "link"};
  for (std::size_t size = 1; size < 12; ++size) {
    auto request = recursive();
    request.max_entries = size;
    request.max_depth = 2;
    CHECK(all_pages(fixture, request) == two);
    request.max_depth = 1;
    CHECK(all_pages(fixture, request) == one);
  }
}

TEST_CASE("list: only folders, in pages of every size") {
  NamespaceFixture fixture;
  fill(fixture);
  for (std::size_t size = 1; size < 6; ++size) {
    auto request = recursive();
    request.folders_only = true;
    request.max_entries = size;
    CHECK(all_pages(fixture, request) == Names{"b/", "b/e/", "empty/", "g/"});
    request.recursive = false;
    CHECK(all_pages(fixture, request) == Names{"b/", "empty/", "g/"});
  }
}

TEST_CASE("list: only folders does not look at the files") {
  NamespaceFixture fixture;
  for (int i = 0; i < 20; ++i) REQUIRE(fixture.put("d/" + std::to_string(i), ""));
  REQUIRE(fixture.make_folder("d/z"));
  auto request = recursive();
  request.folders_only = true;
  request.max_visited = 2;
  const auto page = fixture.drive->list(fixture.actor, request);
  REQUIRE(page);
  CHECK(page->last);
  CHECK(page->entries.size() == 2);
}

}  // namespace ndisk::storage
