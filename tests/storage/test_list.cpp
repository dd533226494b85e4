#include "tests/storage/drive_fixture.hpp"

namespace ndisk::storage {
namespace {

const std::vector<std::string> kOddNames = {
    "\x01", " ", "--help", "-rf", "a\nb", "a b", "it's \"quoted\"", "\xff\xfe not utf-8", "\xc3\xa4", "..."};

}  // namespace

TEST_CASE("list: names in byte order, folders among them") {
  DriveFixture fixture;
  for (const auto* name : {"b", "a/x", "C", "a.txt", "ab"}) REQUIRE(fixture.put(name, "1"));
  CHECK(fixture.names() == std::vector<std::string>{"C", "a/", "a.txt", "ab", "b"});
  CHECK(fixture.names("a") == std::vector<std::string>{"x"});
}

TEST_CASE("list: an empty drive and an empty folder list as nothing") {
  DriveFixture fixture;
  CHECK(fixture.names().empty());
  REQUIRE(fixture.make_folder("empty"));
  CHECK(fixture.names("empty").empty());
  CHECK(fixture.names("empty", true).empty());
}

TEST_CASE("list: a file is listed as itself; what is missing is an error") {
  DriveFixture fixture;
  const auto put = fixture.put("folder/file", "12345");
  const auto page = fixture.drive->list(fixture.actor, {at("folder/file")});
  REQUIRE(page);
  CHECK(page->is_file);
  CHECK(page->last);
  REQUIRE(page->entries.size() == 1);
  CHECK(page->entries[0].path == "file");
  CHECK(page->entries[0].size == 5);
  CHECK(page->entries[0].version == put->version);
  CHECK(page->entries[0].sha256 == put->sha256);
  CHECK(fixture.drive->list(fixture.actor, {at("nothing")}).error().code == ErrorCode::kNotFound);
}

TEST_CASE("list: any bytes that a name can hold come back as they were") {
  DriveFixture fixture;
  auto names = kOddNames;
  names.push_back(std::string(255, 'n'));
  for (const auto& name : names) REQUIRE(fixture.put("d/" + name, name));
  std::ranges::sort(names, [](const auto& a, const auto& b) {
    return std::ranges::lexicographical_compare(as_bytes(a), as_bytes(b));
  });
  CHECK(fixture.names("d") == names);
  CHECK(fixture.names("d", false, 1) == names);
  for (const auto& name : names) CHECK(fixture.content("d/" + name) == name);
}

TEST_CASE("list: behind a path below an entry comes what comes behind the entry") {
  DriveFixture fixture;
  for (const auto* name : {"a/x", "a.txt", "b"}) REQUIRE(fixture.put(name, "1"));
  ListRequest request;
  request.after = "a/x";
  const auto page = fixture.drive->list(fixture.actor, request);
  REQUIRE(page);
  REQUIRE(page->entries.size() == 2);
  CHECK(page->entries[0].path == "a.txt");
  CHECK(page->entries[1].path == "b");
}

TEST_CASE("list: pages of every size give the same recursive listing") {
  DriveFixture fixture;
  for (const auto* name : {"a", "b/1", "b/2/x", "b/2/y", "b/3", "b.txt", "c/d/e/f", "z"}) {
    REQUIRE(fixture.put(name, name));
  }
  REQUIRE(fixture.make_folder("y"));
  const std::vector<std::string> expected = {"a",     "b/", "b/1",  "b/2/",   "b/2/x",   "b/2/y", "b/3",
                                             "b.txt", "c/", "c/d/", "c/d/e/", "c/d/e/f", "y/",    "z"};
  for (std::size_t size = 1; size <= expected.size() + 1; ++size) CHECK(fixture.names("", true, size) == expected);
  CHECK(fixture.names("b", true, 1) == std::vector<std::string>{"1", "2/", "2/x", "2/y", "3"});
}

TEST_CASE("list: a listing goes on although its last entry was removed") {
  DriveFixture fixture;
  for (const auto* name : {"a/1", "a/2", "b/1", "c"}) REQUIRE(fixture.put(name, name));
  ListRequest request{{}, true, "a/1"};
  REQUIRE(fixture.remove("a", true));
  const auto page = fixture.drive->list(fixture.actor, request);
  REQUIRE(page);
  REQUIRE(page->entries.size() == 3);
  CHECK(page->entries[0].path == "b");
}

TEST_CASE("list: a page is bounded in bytes, but never empty") {
  DriveFixture fixture;
  for (int i = 0; i < 10; ++i) REQUIRE(fixture.put(std::string(200, 'a') + std::to_string(i), "x"));
  ListRequest request;
  request.max_bytes = 1000;
  const auto count = fixture.drive->list(fixture.actor, request)->entries.size();
  CHECK(count >= 2);
  CHECK(count * 201 <= 1000);
  request.max_bytes = 1;
  CHECK(fixture.drive->list(fixture.actor, request)->entries.size() == 1);
}

TEST_CASE("path: the longest that is allowed works") {
  DriveFixture fixture;
  std::string path;
  for (int i = 0; i < 16; ++i) path += std::string(255, static_cast<char>('a' + i)) + "/";
  path.pop_back();
  REQUIRE(path.size() == 4095);
  REQUIRE(fixture.put(path, "deep"));
  CHECK(fixture.content(path) == "deep");
  CHECK(fixture.names("", true, 3).back() == path);
  REQUIRE(fixture.drive->flush_tree());
}

}  // namespace ndisk::storage
