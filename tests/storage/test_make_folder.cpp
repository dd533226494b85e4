#include "tests/storage/namespace_fixture.hpp"

namespace ndisk::storage {
namespace {

FolderRequest folder(std::string_view path, std::optional<Attributes> attributes = {}) {
  FolderRequest request;
  request.request_id = random_bytes<16>();
  request.path = at(path);
  request.attributes = attributes;
  return request;
}

}  // namespace

TEST_CASE("mkdir: a folder keeps the mode and the mtime that it was given") {
  NamespaceFixture fixture;
  REQUIRE(fixture.make(folder("a", Attributes{1234, 0700})));
  CHECK(fixture.stat("a").entry.attributes == Attributes{1234, 0700});
}

TEST_CASE("mkdir: of a mode only the permissions are kept") {
  NamespaceFixture fixture;
  REQUIRE(fixture.make(folder("a", Attributes{1234, 042775})));
  CHECK(fixture.stat("a").entry.attributes.mode == 0775);
}

TEST_CASE("mkdir: without attributes, and on the way to something, a folder has 0755 and the time of its making") {
  NamespaceFixture fixture;
  const Attributes usual{fixture.clock.now(), 0755};
  REQUIRE(fixture.make(folder("plain")));
  REQUIRE(fixture.make(folder("way/deep", Attributes{1, 0700})));
  REQUIRE(fixture.put("other/file", "1"));
  CHECK(fixture.stat("plain").entry.attributes == usual);
  CHECK(fixture.stat("way").entry.attributes == usual);
  CHECK(fixture.stat("other").entry.attributes == usual);
}

TEST_CASE("mkdir: an existing folder gets the attributes, and that is a change only if they differ") {
  NamespaceFixture fixture;
  const auto made = fixture.make(folder("a"));
  const auto changed = fixture.make(folder("a", Attributes{99, 0500}));
  REQUIRE(changed);
  CHECK(*changed == *made + 1);
  CHECK(fixture.stat("a").entry.attributes == Attributes{99, 0500});
  CHECK(*fixture.make(folder("a", Attributes{99, 0500})) == *changed);
}

TEST_CASE("mkdir: an existing folder keeps its attributes if none are given, and whatever happens in it") {
  NamespaceFixture fixture;
  REQUIRE(fixture.make(folder("a", Attributes{99, 0500})));
  fixture.clock.advance(kSecondNs);
  REQUIRE(fixture.make(folder("a")));
  REQUIRE(fixture.put("a/file", "1"));
  REQUIRE(fixture.remove("a/file"));
  CHECK(fixture.stat("a").entry.attributes == Attributes{99, 0500});
}

TEST_CASE("mkdir: what must not exist is a conflict with a folder, a file and the drive itself") {
  NamespaceFixture fixture;
  REQUIRE(fixture.put("folder/file", "1"));
  for (const auto* path : {"folder", "folder/file", ""}) {
    auto request = folder(path);
    request.must_not_exist = true;
    CHECK(outcome(fixture.make(request)) == "conflict");
  }
  auto request = folder("folder/new");
  request.must_not_exist = true;
  CHECK(fixture.make(request));
}

TEST_CASE("mkdir: the answer to a request that must not find anything is given again") {
  NamespaceFixture fixture;
  auto request = folder("a");
  request.must_not_exist = true;
  const auto first = fixture.make(request);
  REQUIRE(first);
  CHECK(*fixture.make(request) == *first);
}

TEST_CASE("mkdir: the drive itself takes no attributes, and that is no error") {
  NamespaceFixture fixture;
  const auto before = fixture.stat("").entry.attributes;
  REQUIRE(fixture.make(folder("", Attributes{99, 0500})));
  CHECK(fixture.stat("").entry.attributes == before);
}

TEST_CASE("mkdir: attributes are listed with the folder") {
  NamespaceFixture fixture;
  REQUIRE(fixture.make(folder("a", Attributes{1234, 0711})));
  const auto page = fixture.drive->list(fixture.actor, {});
  REQUIRE(page);
  REQUIRE(page->entries.size() == 1);
  CHECK(page->entries[0].attributes == Attributes{1234, 0711});
  CHECK_FALSE(page->entries[0].totals);
}

}  // namespace ndisk::storage
