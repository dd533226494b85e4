#include "common/copy_limit.hpp"
#include "tests/storage/namespace_fixture.hpp"

namespace ndisk::storage {
namespace {

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("cp: a file is there twice and stored once") {
  NamespaceFixture fixture;
  const auto put = fixture.put("a", "content");
  const auto copied = fixture.copy("a", "b");
  REQUIRE(copied);
  CHECK(copied->path == "b");
  CHECK(copied->change == put->change + 1);
  CHECK(fixture.content("b") == "content");
  CHECK(fixture.stat("b").entry.attributes == fixture.stat("a").entry.attributes);
  CHECK(fixture.stat("b").entry.version > put->version);
  CHECK(fixture.stat("b").change == copied->change);
  CHECK(fixture.object_files().size() == 1);
  CHECK(fixture.drive->status()->stored_bytes == 7);
}

TEST_CASE("cp: the copy has a history of its own") {
  NamespaceFixture fixture;
  REQUIRE(fixture.put("a", "one"));
  REQUIRE(fixture.put("a", "two"));
  REQUIRE(fixture.copy("a", "b"));
  CHECK(fixture.stat("b").versions == 1);
  REQUIRE(fixture.put("b", "three"));
  CHECK(fixture.content("a") == "two");
}

TEST_CASE("cp: onto a file makes a new version there") {
  NamespaceFixture fixture;
  REQUIRE(fixture.put("a", "one"));
  const auto before = fixture.put("b", "two");
  REQUIRE(fixture.copy("a", "b"));
  CHECK(fixture.content("b") == "one");
  CHECK(fixture.stat("b").versions == 2);
  CHECK(fixture.content(OpenTarget{at("b"), before->version}) == "two");
  CHECK(fixture.trashed().empty());
}

TEST_CASE("cp: onto a folder goes into it, under the name that it has") {
  NamespaceFixture fixture;
  REQUIRE(fixture.put("a", "one"));
  REQUIRE(fixture.put("f/x", "two"));
  REQUIRE(fixture.make_folder("d"));
  CHECK(fixture.copy("a", "d")->path == "d/a");
  CHECK(fixture.copy("f", "d", true)->path == "d/f");
  CHECK(fixture.names("", true) == Names{"a", "d/", "d/a", "d/f/", "d/f/x", "f/", "f/x"});
}

TEST_CASE("cp: a folder is copied with all in it: empty folders, links, attributes") {
  NamespaceFixture fixture;
  REQUIRE(fixture.put("a/b/c", "one"));
  REQUIRE(fixture.put_link("a/l", "b/c"));
  FolderRequest request;
  request.path = at("a/empty");
  request.attributes = Attributes{77, 0700};
  REQUIRE(fixture.make(request));
  const auto copied = fixture.copy("a", "z", true);
  REQUIRE(copied);
  CHECK(fixture.names("z", true) == Names{"b/", "b/c", "empty/", "l"});
  CHECK(fixture.content("z/b/c") == "one");
  CHECK(fixture.stat("z/l").entry.kind == Kind::kLink);
  CHECK(fixture.stat("z/empty").entry.attributes == Attributes{77, 0700});
  CHECK(fixture.stat("z/b/c").change == copied->change);
  CHECK(fixture.totals("z") == fixture.totals("a"));
  check_totals(fixture);
}

TEST_CASE("cp: a folder only with recursive") {
  NamespaceFixture fixture;
  REQUIRE(fixture.make_folder("a"));
  CHECK(outcome(fixture.copy("a", "b")) == "is_folder");
}

TEST_CASE("cp: folders are merged, and what is there besides stays") {
  NamespaceFixture fixture;
  REQUIRE(fixture.put("a/same", "new"));
  REQUIRE(fixture.put("a/inner/x", "new"));
  REQUIRE(fixture.put("d/a/same", "old"));
  REQUIRE(fixture.put("d/a/inner/y", "old"));
  CHECK(fixture.copy("a", "d", true)->path == "d/a");
  CHECK(fixture.names("d/a", true) == Names{"inner/", "inner/x", "inner/y", "same"});
  CHECK(fixture.content("d/a/same") == "new");
  CHECK(fixture.stat("d/a/same").versions == 2);
  check_totals(fixture);
}

TEST_CASE("cp: a folder that is there keeps its attributes") {
  NamespaceFixture fixture;
  REQUIRE(fixture.make_folder("a"));
  FolderRequest request;
  request.path = at("b");
  request.attributes = Attributes{77, 0700};
  REQUIRE(fixture.make(request));
  auto onto = NamespaceFixture::copy_request("a", "b", true);
  onto.exact = true;
  REQUIRE(fixture.copy(onto));
  CHECK(fixture.stat("b").entry.attributes == Attributes{77, 0700});
}

TEST_CASE("cp: a conflict anywhere below leaves everything as it was") {
  NamespaceFixture fixture;
  REQUIRE(fixture.put("a/1", "new"));
  REQUIRE(fixture.put("a/m/2", "new"));
  REQUIRE(fixture.put("a/z", "new"));
  REQUIRE(fixture.make_folder("d/a/z"));
  const auto change = fixture.make_folder("d/a/z");
  const auto names = fixture.names("", true);
  CHECK(outcome(fixture.copy("a", "d", true)) == "is_folder");
  CHECK(fixture.names("", true) == names);
  CHECK(*fixture.make_folder("d/a/z") == *change);
  CHECK(fixture.drive->status()->files == 3);
  check_totals(fixture);
  REQUIRE(fixture.put("d/a/1", "mine"));
  CHECK(fixture.stat("d/a/1").versions == 1);
}

TEST_CASE("cp: a folder over a file is refused, at the top and below") {
  NamespaceFixture fixture;
  REQUIRE(fixture.make_folder("a/inner"));
  REQUIRE(fixture.put("b", "1"));
  REQUIRE(fixture.put("d/a/inner", "2"));
  CHECK(outcome(fixture.copy("a", "b", true)) == "not_folder");
  CHECK(outcome(fixture.copy("a", "d", true)) == "not_folder");
}

TEST_CASE("cp: a file over a folder is refused") {
  NamespaceFixture fixture;
  REQUIRE(fixture.put("a", "1"));
  REQUIRE(fixture.make_folder("d/a"));
  CHECK(outcome(fixture.copy("a", "d")) == "is_folder");
}

TEST_CASE("cp: onto itself is refused") {
  NamespaceFixture fixture;
  REQUIRE(fixture.put("d/a", "1"));
  CHECK(outcome(fixture.copy("d/a", "d/a")) == "invalid");
  CHECK(outcome(fixture.copy("d/a", "d")) == "invalid");
  CHECK(fixture.stat("d/a").versions == 1);
}

TEST_CASE("cp: a folder into itself or below itself is refused") {
  NamespaceFixture fixture;
  REQUIRE(fixture.put("a/b/c", "1"));
  for (const auto* to : {"a", "a/b", "a/new", "a/b/new"}) CHECK(outcome(fixture.copy("a", to, true)) == "invalid");
  CHECK(fixture.names("", true) == Names{"a/", "a/b/", "a/b/c"});
}

TEST_CASE("cp: a folder that would meet itself on the way is refused") {
  NamespaceFixture fixture;
  REQUIRE(fixture.put("a/b/1", "1"));
  REQUIRE(fixture.put("a/b/b/2", "2"));
  auto request = NamespaceFixture::copy_request("a/b", "a", true);
  request.exact = true;
  CHECK(outcome(fixture.copy(request)) == "invalid");
  CHECK(fixture.names("", true) == Names{"a/", "a/b/", "a/b/1", "a/b/b/", "a/b/b/2"});
  check_totals(fixture);
}

TEST_CASE("cp: a folder over the one that holds it is fine where it does not meet itself") {
  NamespaceFixture fixture;
  REQUIRE(fixture.put("a/b/1", "1"));
  auto request = NamespaceFixture::copy_request("a/b", "a", true);
  request.exact = true;
  REQUIRE(fixture.copy(request));
  CHECK(fixture.names("", true) == Names{"a/", "a/1", "a/b/", "a/b/1"});
}

TEST_CASE("cp: the drive itself is not copied") {
  NamespaceFixture fixture;
  REQUIRE(fixture.make_folder("a"));
  CHECK(outcome(fixture.copy("", "a", true)) == "invalid");
}

TEST_CASE("cp: nothing is made on the way, and a file there is an error") {
  NamespaceFixture fixture;
  REQUIRE(fixture.put("a", "1"));
  CHECK(outcome(fixture.copy("a", "missing/b")) == "not_found");
  CHECK(outcome(fixture.copy("missing", "b")) == "not_found");
  CHECK(outcome(fixture.copy("a", "a/b")) == "not_folder");
}

TEST_CASE("cp: an earlier version of a file") {
  NamespaceFixture fixture;
  const auto first = fixture.put("a", "one");
  REQUIRE(fixture.put("a", "two"));
  auto request = NamespaceFixture::copy_request("a", "b");
  request.version = first->version;
  REQUIRE(fixture.copy(request));
  CHECK(fixture.content("b") == "one");
}

TEST_CASE("cp: a version of another file is not found; a folder has none") {
  NamespaceFixture fixture;
  REQUIRE(fixture.put("a", "one"));
  const auto other = fixture.put("other", "two");
  REQUIRE(fixture.make_folder("f"));
  auto request = NamespaceFixture::copy_request("a", "b", true);
  request.version = other->version;
  CHECK(outcome(fixture.copy(request)) == "not_found");
  request.from = at("f");
  CHECK(outcome(fixture.copy(request)) == "is_folder");
}

TEST_CASE("cp: with no_clobber no file is replaced, anywhere below; folders are merged all the same") {
  NamespaceFixture fixture;
  REQUIRE(fixture.put("a/inner/x", "new"));
  REQUIRE(fixture.put("d/a/inner/y", "old"));
  auto request = NamespaceFixture::copy_request("a", "d", true);
  request.no_clobber = true;
  REQUIRE(fixture.copy(request));
  CHECK(fixture.names("d/a/inner") == Names{"x", "y"});
  request.request_id = random_bytes<16>();
  CHECK(outcome(fixture.copy(request)) == "conflict");
  CHECK(fixture.stat("d/a/inner/x").versions == 1);
}

TEST_CASE("cp: a repeated request is answered again and copies nothing") {
  NamespaceFixture fixture;
  REQUIRE(fixture.put("a", "1"));
  const auto request = NamespaceFixture::copy_request("a", "b");
  const auto first = fixture.copy(request);
  REQUIRE(first);
  REQUIRE(fixture.remove("b"));
  const auto again = fixture.copy(request);
  REQUIRE(again);
  CHECK(again->change == first->change);
  CHECK(again->path == "b");
  CHECK(fixture.names() == Names{"a"});
}

TEST_CASE("cp: a full quota is no hindrance, for nothing is stored") {
  NamespaceFixture fixture;
  REQUIRE(fixture.put("a", "12345"));
  REQUIRE(fixture.drive->accounts().set_quota("owner", 5));
  CHECK(fixture.copy("a", "b"));
}

TEST_CASE("cp: a path that becomes too long leaves everything as it was") {
  NamespaceFixture fixture;
  std::string deep;
  for (int i = 0; i < 16; ++i) deep += std::string(251, 'd') + "/";
  deep.pop_back();
  REQUIRE(fixture.make_folder(deep));
  REQUIRE(fixture.put("a/" + std::string(250, 'n'), "1"));
  CHECK(outcome(fixture.copy("a", deep, true)) == "invalid");
  CHECK(fixture.names(deep).empty());
  check_totals(fixture);
}

TEST_CASE("cp: content that too many versions refer to already is refused whole") {
  NamespaceFixture fixture;
  REQUIRE(fixture.put("a/1", "same"));
  REQUIRE(fixture.put("a/2", "same"));
  fixture.drive.reset();
  {
    auto database = Database::open(fixture.data("ndisk.db"), DatabaseMode::kExisting);
    REQUIRE(database);
    (*database)->run("UPDATE objects SET refs = 59999");
    REQUIRE_FALSE((*database)->failed());
  }
  fixture.open();
  CHECK(outcome(fixture.copy("a", "b", true)) == "conflict");
  CHECK(fixture.names() == Names{"a/"});
  CHECK(fixture.copy("a/1", "c"));
  CHECK(outcome(fixture.copy("a/1", "d")) == "conflict");
}

TEST_CASE("cp: a folder that holds more than one copy may take is refused before anything is written") {
  NamespaceFixture fixture;
  REQUIRE(fixture.make_folder("a/b"));
  const auto claim = [&](std::uint64_t files) {
    fixture.drive.reset();
    auto database = Database::open(fixture.data("ndisk.db"), DatabaseMode::kExisting);
    REQUIRE(database);
    (*database)->run("UPDATE folders SET files = ? WHERE id = (SELECT id FROM nodes WHERE name = x'61')", files);
    REQUIRE_FALSE((*database)->failed());
    database->reset();
    fixture.open();
  };
  claim(kMaxCopiedEntries);
  const auto refused = fixture.copy("a", "c", true);
  CHECK(outcome(refused) == "invalid");
  CHECK(refused.error().message.find("a holds 50001 files and folders, and 50000 is the most") != std::string::npos);
  CHECK_FALSE(refused.error().retryable);
  CHECK(fixture.names() == Names{"a/"});
  CHECK(fixture.copy("a/b", "c", true));
  claim(kMaxCopiedEntries - 1);
  CHECK(fixture.copy("a", "d", true));
}

TEST_CASE("cp: a large folder is copied while changes of others go on, and has their turns in between") {
  NamespaceFixture fixture;
  for (int i = 0; i <= 100; ++i) REQUIRE(fixture.make_folder("a/" + std::to_string(i)));
  CHECK(fixture.copy("a", "b", true)->path == "b");
  CHECK(fixture.totals("b") == fixture.totals("a"));
  REQUIRE(fixture.remove("b", true));
  CHECK(fixture.drive->trash(fixture.actor, 0, 10)->size() == 1);
  const auto item = fixture.drive->trash(fixture.actor, 0, 10)->front().id;
  CHECK(wait_for<Placed>([&](auto done) {
    fixture.drive->restore_trash(fixture.actor, random_bytes<16>(), item, std::nullopt, std::move(done));
  }));
  CHECK(fixture.totals("b") == fixture.totals("a"));
  check_totals(fixture);
}

TEST_CASE("cp: what grows or comes into the trash while a change of it waits makes nobody wait: it is asked again") {
  NamespaceFixture fixture;
  for (int i = 0; i <= 100; ++i) REQUIRE(fixture.make_folder("a/" + std::to_string(i)));
  REQUIRE(fixture.make_folder("small"));
  // Its completion holds the writer up, so that what follows is looked at before any of it is done.
  std::promise<void> held_up;
  std::promise<void> go;
  FolderRequest request;
  request.path = at("x");
  fixture.drive->make_folder(fixture.actor, request, [&](Result<std::uint64_t>) {
    held_up.set_value();
    go.get_future().wait();
  });
  held_up.get_future().wait();
  std::promise<Result<Placed>> copied;
  std::promise<Result<Placed>> restored;
  auto into = NamespaceFixture::move_request("a", "small");
  fixture.drive->move(fixture.actor, into, [](Result<Placed>) {});
  fixture.drive->copy(fixture.actor, NamespaceFixture::copy_request("small", "copy", true),
                      [&](Result<Placed> result) { copied.set_value(std::move(result)); });
  fixture.drive->remove(fixture.actor, random_bytes<16>(), at("small"), true, [](Result<std::uint64_t>) {});
  fixture.drive->restore(fixture.actor, random_bytes<16>(), at("small"), std::nullopt,
                         [&](Result<Placed> result) { restored.set_value(std::move(result)); });
  go.set_value();
  for (const auto& result : {copied.get_future().get(), restored.get_future().get()}) {
    CHECK(outcome(result) == "busy");
    CHECK(result.error().retryable);
  }
  CHECK(wait_for<Placed>([&](auto done) {
    fixture.drive->restore(fixture.actor, random_bytes<16>(), at("small"), std::nullopt, std::move(done));
  }));
  check_totals(fixture);
}

TEST_CASE("cp: totals are right in a tree that is deep and wide") {
  NamespaceFixture fixture;
  std::string deep = "a";
  for (int i = 0; i < 40; ++i) {
    deep += "/d";
    REQUIRE(fixture.put(deep + "/f", "content"));
    REQUIRE(fixture.make_folder(deep + "/e"));
  }
  REQUIRE(fixture.copy("a", "b", true));
  CHECK(fixture.totals("b") == fixture.totals("a"));
  check_totals(fixture);
}

TEST_CASE("cp: damaged content is not handed on") {
  NamespaceFixture fixture;
  REQUIRE(fixture.put("a", "content"));
  std::filesystem::remove(fixture.object_files().at(0));
  CHECK(fixture.content("a") == "error integrity");
  CHECK(outcome(fixture.copy("a", "b")) == "integrity");
}

}  // namespace ndisk::storage
