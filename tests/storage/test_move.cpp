#include "tests/storage/namespace_fixture.hpp"

namespace ndisk::storage {
namespace {

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("mv: a file gets another name and keeps its history") {
  NamespaceFixture fixture;
  const auto first = fixture.put("a", "one");
  const auto second = fixture.put("a", "two");
  const auto moved = fixture.move("a", "b");
  REQUIRE(moved);
  CHECK(moved->path == "b");
  CHECK(moved->change == second->change + 1);
  CHECK(fixture.names() == Names{"b"});
  CHECK(fixture.stat("b").entry.version == second->version);
  CHECK(fixture.stat("b").versions == 2);
  CHECK(fixture.content(OpenTarget{at("b"), first->version}) == "one");
}

TEST_CASE("mv: onto a folder goes into it, under the name that it has") {
  NamespaceFixture fixture;
  REQUIRE(fixture.put("a", "one"));
  REQUIRE(fixture.put("f/x", "two"));
  REQUIRE(fixture.make_folder("d"));
  CHECK(fixture.move("a", "d")->path == "d/a");
  CHECK(fixture.move("f", "d")->path == "d/f");
  CHECK(fixture.names("", true) == Names{"d/", "d/a", "d/f/", "d/f/x"});
  CHECK(fixture.move("d/f", "")->path == "f");
}

TEST_CASE("mv: a folder takes all below it along") {
  NamespaceFixture fixture;
  REQUIRE(fixture.put("a/b/c", "one"));
  REQUIRE(fixture.put("a/d", "two"));
  REQUIRE(fixture.move("a", "z"));
  CHECK(fixture.names("", true) == Names{"z/", "z/b/", "z/b/c", "z/d"});
  CHECK(fixture.content("z/b/c") == "one");
  CHECK(fixture.content("a/b/c") == "error not_found");
}

TEST_CASE("mv: what was written below a folder a moment ago is found at its new name") {
  NamespaceFixture fixture;
  REQUIRE(fixture.put("a/b/1", "one"));
  REQUIRE(fixture.move("a/b", "c"));
  REQUIRE(fixture.put("a/b/2", "two"));
  REQUIRE(fixture.put("c/3", "three"));
  CHECK(fixture.names("", true) == Names{"a/", "a/b/", "a/b/2", "c/", "c/1", "c/3"});
  check_totals(fixture);
}

TEST_CASE("mv: a folder keeps its attributes, and so do those that it leaves and enters") {
  NamespaceFixture fixture;
  FolderRequest request;
  request.path = at("p/f");
  request.attributes = Attributes{77, 0700};
  REQUIRE(fixture.make(request));
  REQUIRE(fixture.make_folder("q"));
  const auto left = fixture.stat("p").entry.attributes;
  const auto entered = fixture.stat("q").entry.attributes;
  fixture.clock.advance(kSecondNs);
  REQUIRE(fixture.move("p/f", "q"));
  CHECK(fixture.stat("q/f").entry.attributes == Attributes{77, 0700});
  CHECK(fixture.stat("p").entry.attributes == left);
  CHECK(fixture.stat("q").entry.attributes == entered);
}

TEST_CASE("mv: a file over a file puts that one into the trash, with its history") {
  NamespaceFixture fixture;
  REQUIRE(fixture.put("a", "mine"));
  REQUIRE(fixture.put("b", "old 1"));
  const auto replaced = fixture.put("b", "old 2");
  REQUIRE(fixture.move("a", "b"));
  CHECK(fixture.content("b") == "mine");
  CHECK(fixture.stat("b").versions == 1);
  CHECK(fixture.trashed() == Names{"b"});
  CHECK(fixture.content(OpenTarget{{}, replaced->version}) == "old 2");
  CHECK(fixture.totals("") == Totals{1, 0, 4});
  CHECK(fixture.drive->status()->files == 1);
  CHECK(fixture.drive->status()->bytes == 4);
}

TEST_CASE("mv: a file goes into a folder over the file of that name") {
  NamespaceFixture fixture;
  REQUIRE(fixture.put("a", "mine"));
  REQUIRE(fixture.put("d/a", "theirs"));
  CHECK(fixture.move("a", "d")->path == "d/a");
  CHECK(fixture.content("d/a") == "mine");
  CHECK(fixture.trashed() == Names{"d/a"});
}

TEST_CASE("mv: a folder over an empty folder takes its place") {
  NamespaceFixture fixture;
  REQUIRE(fixture.put("a/x", "1"));
  REQUIRE(fixture.make_folder("b"));
  REQUIRE(fixture.make_folder("d/a"));
  CHECK(fixture.move(NamespaceFixture::exactly("a", "b"))->path == "b");
  CHECK(fixture.names("", true) == Names{"b/", "b/x", "d/", "d/a/"});
  REQUIRE(fixture.move("b", "a"));
  CHECK(fixture.move("a", "d")->path == "d/a");
  CHECK(fixture.names("", true) == Names{"d/", "d/a/", "d/a/x"});
  CHECK(fixture.trashed().empty());
  check_totals(fixture);
}

TEST_CASE("mv: a folder over one that is not empty is refused") {
  NamespaceFixture fixture;
  REQUIRE(fixture.put("a/x", "1"));
  REQUIRE(fixture.make_folder("b/inner"));
  REQUIRE(fixture.put("d/a/y", "2"));
  CHECK(outcome(fixture.move(NamespaceFixture::exactly("a", "b"))) == "conflict");
  CHECK(outcome(fixture.move("a", "d")) == "conflict");
  CHECK(fixture.names("", true) == Names{"a/", "a/x", "b/", "b/inner/", "d/", "d/a/", "d/a/y"});
}

TEST_CASE("mv: a folder over a file is refused") {
  NamespaceFixture fixture;
  REQUIRE(fixture.make_folder("a"));
  REQUIRE(fixture.put("b", "1"));
  REQUIRE(fixture.put("d/a", "2"));
  CHECK(outcome(fixture.move("a", "b")) == "not_folder");
  CHECK(outcome(fixture.move("a", "d")) == "not_folder");
}

TEST_CASE("mv: a file over a folder is refused, an empty one too") {
  NamespaceFixture fixture;
  REQUIRE(fixture.put("a", "1"));
  REQUIRE(fixture.make_folder("b"));
  REQUIRE(fixture.make_folder("d/a"));
  CHECK(outcome(fixture.move(NamespaceFixture::exactly("a", "b"))) == "is_folder");
  CHECK(outcome(fixture.move("a", "d")) == "is_folder");
}

TEST_CASE("mv: a folder into itself or below itself is refused") {
  NamespaceFixture fixture;
  REQUIRE(fixture.put("a/b/c", "1"));
  for (const auto* to : {"a", "a/b", "a/new", "a/b/new", "a/missing/new"}) {
    const auto moved = fixture.move("a", to);
    REQUIRE_FALSE(moved);
    CHECK(moved.error().code == ErrorCode::kInvalid);
    CHECK(moved.error().message.contains("into itself"));
  }
}

TEST_CASE("mv: a name that only begins like the folder's is not below it") {
  NamespaceFixture fixture;
  REQUIRE(fixture.put("a/x", "1"));
  REQUIRE(fixture.make_folder("ab"));
  CHECK(fixture.move("a", "ab")->path == "ab/a");
}

TEST_CASE("mv: onto itself is refused") {
  NamespaceFixture fixture;
  REQUIRE(fixture.put("d/a", "1"));
  for (const auto& request : {NamespaceFixture::move_request("d/a", "d/a"), NamespaceFixture::move_request("d/a", "d"),
                              NamespaceFixture::exactly("d", "d")}) {
    const auto moved = fixture.move(request);
    REQUIRE_FALSE(moved);
    CHECK(moved.error().code == ErrorCode::kInvalid);
    CHECK(moved.error().message.contains("are the same"));
  }
}

TEST_CASE("mv: the drive itself is neither moved nor replaced") {
  NamespaceFixture fixture;
  REQUIRE(fixture.make_folder("a"));
  CHECK(outcome(fixture.move("", "a")) == "invalid");
  CHECK(outcome(fixture.move(NamespaceFixture::exactly("a", ""))) == "invalid");
}

TEST_CASE("mv: nothing is made on the way") {
  NamespaceFixture fixture;
  REQUIRE(fixture.put("a", "1"));
  CHECK(outcome(fixture.move("a", "missing/b")) == "not_found");
  CHECK(outcome(fixture.move("missing", "b")) == "not_found");
  CHECK(outcome(fixture.move("a/below", "b")) == "not_found");
  CHECK(fixture.names() == Names{"a"});
}

TEST_CASE("mv: a file on the way is an error") {
  NamespaceFixture fixture;
  REQUIRE(fixture.put("a", "1"));
  REQUIRE(fixture.put("file", "2"));
  CHECK(outcome(fixture.move("a", "file/b")) == "not_folder");
}

TEST_CASE("mv: with no_clobber nothing is replaced, not even an empty folder") {
  NamespaceFixture fixture;
  REQUIRE(fixture.put("a", "1"));
  REQUIRE(fixture.put("b", "2"));
  REQUIRE(fixture.make_folder("f"));
  REQUIRE(fixture.make_folder("g"));
  for (auto request : {NamespaceFixture::move_request("a", "b"), NamespaceFixture::exactly("f", "g")}) {
    request.no_clobber = true;
    CHECK(outcome(fixture.move(request)) == "conflict");
  }
  auto request = NamespaceFixture::move_request("a", "c");
  request.no_clobber = true;
  CHECK(fixture.move(request));
  CHECK(fixture.content("b") == "2");
}

TEST_CASE("mv: a refusal names the version that is there") {
  NamespaceFixture fixture;
  REQUIRE(fixture.put("a", "1"));
  const auto there = fixture.put("b", "2");
  auto request = NamespaceFixture::move_request("a", "b");
  request.no_clobber = true;
  CHECK(fixture.move(request).error().message.contains("version " + std::to_string(there->version)));
}

TEST_CASE("mv: a repeated request is answered again and moves nothing") {
  NamespaceFixture fixture;
  REQUIRE(fixture.put("a", "1"));
  const auto request = NamespaceFixture::move_request("a", "b");
  const auto first = fixture.move(request);
  REQUIRE(first);
  REQUIRE(fixture.put("a", "another"));
  const auto again = fixture.move(request);
  REQUIRE(again);
  CHECK(again->change == first->change);
  CHECK(again->path == "b");
  CHECK(fixture.content("a") == "another");
  CHECK(fixture.content("b") == "1");
}

TEST_CASE("mv: a name that becomes too long is refused") {
  NamespaceFixture fixture;
  std::string deep;
  for (int i = 0; i < 16; ++i) deep += std::string(254, 'd') + "/";
  deep.pop_back();
  REQUIRE(fixture.make_folder(deep));
  const auto name = std::string(200, 'n');
  REQUIRE(fixture.put(name, "1"));
  CHECK(outcome(fixture.move(name, deep)) == "invalid");
  CHECK(fixture.content(name) == "1");
}

// 15 folders of 254 bytes below each other: 3824 bytes, with their slashes.
std::string long_path() {
  std::string path = std::string(254, 'd');
  for (int i = 1; i < 15; ++i) path += "/" + std::string(254, 'd');
  return path;
}

TEST_CASE("mv: a folder is not moved to where a path below it would become too long") {
  NamespaceFixture fixture;
  REQUIRE(fixture.put("deep/" + long_path() + "/" + std::string(200, 'f'), "1"));
  REQUIRE(fixture.make_folder(std::string(100, 't')));
  CHECK(outcome(fixture.move("deep", std::string(100, 't'))) == "invalid");
  CHECK(fixture.content("deep/" + long_path() + "/" + std::string(200, 'f')) == "1");
  CHECK(outcome(fixture.move("deep", "other")) == "done");
}

TEST_CASE("mv: a folder whose long paths are gone may be moved where they would not fit") {
  NamespaceFixture fixture;
  const auto file = "/" + long_path() + "/" + std::string(200, 'f');
  REQUIRE(fixture.put("deep" + file, "1"));
  REQUIRE(fixture.make_folder(std::string(100, 't')));
  REQUIRE(fixture.remove("deep" + file));
  CHECK(outcome(fixture.move("deep", std::string(100, 't'))) == "done");
}

TEST_CASE("mv: a folder brings the length of its paths along to where it goes") {
  NamespaceFixture fixture;
  REQUIRE(fixture.put("deep/" + long_path() + "/" + std::string(200, 'f'), "1"));
  REQUIRE(fixture.make_folder("above"));
  REQUIRE(fixture.move("deep", "above"));
  REQUIRE(fixture.make_folder(std::string(100, 't')));
  CHECK(outcome(fixture.move("above", std::string(100, 't'))) == "invalid");
}

TEST_CASE("trash: a folder is not restored to where a path below it would become too long") {
  NamespaceFixture fixture;
  REQUIRE(fixture.put("deep/" + long_path() + "/" + std::string(200, 'f'), "1"));
  REQUIRE(fixture.remove("deep", true));
  const auto items = fixture.drive->trash(fixture.actor, 0, 1);
  REQUIRE(items);
  const auto to = at(std::string(100, 't') + "/deep");
  const auto restored = wait_for<Placed>([&](auto done) {
    fixture.drive->restore_trash(fixture.actor, random_bytes<16>(), items->front().id, to, std::move(done));
  });
  CHECK(outcome(restored) == "invalid");
  CHECK(fixture.trashed() == std::vector<std::string>{"deep"});
}

TEST_CASE("mv: a link is moved itself") {
  NamespaceFixture fixture;
  REQUIRE(fixture.put("folder/file", "1"));
  REQUIRE(fixture.put_link("link", "folder"));
  REQUIRE(fixture.put("a", "2"));
  REQUIRE(fixture.move("link", "folder"));
  CHECK(fixture.stat("folder/link").entry.kind == Kind::kLink);
  REQUIRE(fixture.move("a", "folder/link"));
  CHECK(fixture.stat("folder/link").entry.kind == Kind::kFile);
  CHECK(fixture.trashed() == Names{"folder/link"});
}

TEST_CASE("mv: totals of the folders left and entered follow, and the whole stays") {
  NamespaceFixture fixture;
  REQUIRE(fixture.put("a/b/c/1", "123"));
  REQUIRE(fixture.put("a/b/2", "45"));
  REQUIRE(fixture.make_folder("x/y"));
  REQUIRE(fixture.move("a/b", "x/y"));
  CHECK(fixture.totals("a") == Totals{});
  CHECK(fixture.totals("x") == Totals{2, 3, 5});
  CHECK(fixture.totals("x/y/b") == Totals{2, 1, 5});
  CHECK(fixture.totals("") == Totals{2, 5, 5});
}

}  // namespace ndisk::storage
