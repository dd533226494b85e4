// Rebuilding where single files can't be opened or read: all else comes back, and so do they once that has passed.
#include "tests/storage/rebuild_fixture.hpp"

namespace ndisk::storage {
namespace {

namespace fs = std::filesystem;

class UnreadFixture : public RebuildFixture {
 public:
  // From now on nobody who rebuilds can open its object.
  void close_object(std::string_view content, int error = EACCES) {
    disk.fail_opening(fs::path(object_of(content)).filename().string(), error);
  }
  bool is_damaged(std::string_view path) {
    const auto status = drive->stat(actor, at(path));
    REQUIRE(status);
    return status->entry.damaged;
  }
  // Made by hand, as nobody could read it either: cut, and not yet compared.
  void cut_unreadable(std::string_view content) {
    lose_catalog();
    const auto object = object_of(content);
    const auto time = fs::last_write_time(object);
    fs::permissions(object, fs::perms::owner_write, fs::perm_options::add);
    fs::resize_file(object, 1);
    fs::last_write_time(object, time);
    fs::permissions(object, fs::perms::owner_write, fs::perm_options::remove);
    disk.fail_opening(fs::path(object).filename().string(), EIO);
    must_rebuild();
    disk.heal();
    open();
  }
  void check_clean() {
    auto check = drive->check({.read_data = true, .restart = true});
    REQUIRE(check);
    std::vector<Finding> found;
    for (bool more = true; more;) {
      const auto stepped = (*check)->step(found);
      REQUIRE(stepped);
      more = *stepped;
    }
    for (const auto& one : found) CHECK(one.path + ": " + one.cause == "");
  }
  void repair() {
    auto check = drive->check({.repair = true});
    REQUIRE(check);
    std::vector<Finding> found;
    for (bool more = true; more;) {
      const auto stepped = (*check)->step(found);
      REQUIRE(stepped);
      more = *stepped;
    }
    REQUIRE(drive->collect());
  }
  // The next start removes from the tree what is not the drive's, and the collector what no row names.
  void start_and_stop() {
    open();
    REQUIRE(drive->flush_tree());
    REQUIRE(drive->collect());
    drive.reset();
  }
};

}  // namespace

TEST_CASE("rebuild: content that can't be opened stops nothing, is named, and is whole again once it can be read") {
  const auto error = GENERATE(EACCES, EIO, EBADMSG, EUCLEAN);
  UnreadFixture fixture;
  REQUIRE(fixture.put("a/one", "1"));
  REQUIRE(fixture.put("two", "22"));
  fixture.lose_catalog();
  fixture.close_object("1", error);
  const auto report = fixture.must_rebuild();
  CHECK(report.left == 1);
  CHECK(report.files == 2);
  CHECK(report.unnamed == 0);
  REQUIRE(fixture.left.size() == 1);
  CHECK(fixture.left.front().starts_with("tree/owner/a/one: it can't be read: "));
  CHECK(fixture.in_quarantine() == 0);
  fixture.open();
  REQUIRE(fixture.drive->collect());
  CHECK(fixture.content("two") == "22");
  CHECK(fixture.is_damaged("a/one"));
  fixture.check_clean();
  CHECK_FALSE(fixture.is_damaged("a/one"));
  CHECK(fixture.content("a/one") == "1");
  CHECK(DriveFixture::read_file(fixture.data("tree/owner/a/one")) == "1");
}

TEST_CASE("rebuild: a second one takes up what the first could not open, and nothing twice") {
  const bool is_used_between = GENERATE(false, true);
  UnreadFixture fixture;
  REQUIRE(fixture.put("a/one", "1"));
  REQUIRE(fixture.put("same", "1"));
  REQUIRE(fixture.put("two", "22"));
  fixture.lose_catalog();
  fixture.close_object("1");
  CHECK(fixture.must_rebuild().left == 2);
  if (is_used_between) fixture.start_and_stop();
  fixture.disk.heal();
  fixture.force = true;
  const auto report = fixture.must_rebuild();
  CHECK(report.left == 0);
  CHECK(report.files == 3);
  CHECK(report.unnamed == 0);
  CHECK(report.copied == 0);
  fixture.open();
  CHECK(fixture.names("", true) == std::vector<std::string>{"a/", "a/one", "same", "two"});
  CHECK(fixture.content("a/one") == "1");
  CHECK(fixture.object_files().size() == 2);
  fixture.check_clean();
}

TEST_CASE("rebuild: a file of the tree that is no object's link and can't be read is kept for the next one") {
  const bool is_used_between = GENERATE(false, true);
  UnreadFixture fixture;
  REQUIRE(fixture.put("a/one", "1"));
  fixture.lose_catalog();
  std::ofstream(fixture.data("tree/owner/a/written")) << "by hand";
  fixture.disk.fail_opening("written", EACCES);
  CHECK(fixture.must_rebuild().files == 1);
  REQUIRE(fixture.left.size() == 1);
  CHECK(fixture.left.front().find("kept as tree-unread/owner/a/written") != std::string::npos);
  CHECK(DriveFixture::read_file(fixture.data("tree-unread/owner/a/written")) == "by hand");
  if (is_used_between) fixture.start_and_stop();
  fixture.force = true;
  CHECK(fixture.must_rebuild().left == 1);
  CHECK(DriveFixture::read_file(fixture.data("tree-unread/owner/a/written")) == "by hand");
  fixture.disk.heal();
  CHECK(fixture.must_rebuild().left == 0);
  if (is_used_between) fixture.start_and_stop();
  const auto again = fixture.must_rebuild();
  CHECK(again.left == 0);
  CHECK(again.files == 2);
  CHECK(again.users == 1);
  fixture.open();
  CHECK(fixture.names("", true) == std::vector<std::string>{"a/", "a/one", "a/written"});
  CHECK(fixture.content("a/written") == "by hand");
  fixture.check_clean();
}

TEST_CASE("rebuild: what was kept unread does not take the place of what has its name since") {
  UnreadFixture fixture;
  REQUIRE(fixture.put("one", "1"));
  fixture.lose_catalog();
  std::ofstream(fixture.data("tree/owner/written")) << "by hand";
  fixture.disk.fail_opening("written", EACCES);
  fixture.must_rebuild();
  fixture.disk.heal();
  fixture.open();
  REQUIRE(fixture.put("written", "by the drive"));
  fixture.lose_catalog();
  CHECK(fixture.must_rebuild().left == 0);
  fixture.open();
  CHECK(fixture.content("written") == "by the drive");
}

TEST_CASE("rebuild: what was kept unread, taken up later and removed then does not come back") {
  UnreadFixture fixture;
  REQUIRE(fixture.put("one", "1"));
  fixture.lose_catalog();
  fs::create_directory(fixture.data("tree/owner/a"));
  std::ofstream(fixture.data("tree/owner/a/written")) << "by hand";
  fixture.disk.fail_opening("written", EACCES);
  fixture.must_rebuild();
  fixture.start_and_stop();
  fs::remove(fixture.data("tree/owner/a"));
  fixture.disk.heal();
  fixture.force = true;
  CHECK(fixture.must_rebuild().left == 0);
  CHECK((fs::status(fixture.data("tree/owner/a")).permissions() & fs::perms::mask) == fs::perms{0755});
  CHECK_FALSE(fs::exists(fixture.data("tree-unread/owner/a/written")));
  CHECK(DriveFixture::read_file(fixture.data("tree/owner/a/written")) == "by hand");
  fixture.open();
  CHECK(fixture.content("a/written") == "by hand");
  REQUIRE(fixture.remove("a", true));
  fixture.lose_catalog();
  CHECK(fixture.must_rebuild().left == 0);
  fixture.open();
  CHECK(fixture.names("", true) == std::vector<std::string>{"one"});
}

TEST_CASE("rebuild: content that can't be opened, but is whole in another file, comes back from there") {
  UnreadFixture fixture;
  REQUIRE(fixture.put("one", "1"));
  fixture.lose_catalog();
  std::ofstream(fixture.data("tree/owner/same")) << "1";
  fixture.close_object("1");
  const auto report = fixture.must_rebuild();
  CHECK(report.left == 0);
  CHECK(report.files == 2);
  CHECK(report.unnamed == 1);
  fixture.open();
  CHECK(fixture.content("one") == "1");
  CHECK_FALSE(fixture.is_damaged("one"));
  fixture.check_clean();
}

TEST_CASE("rebuild: a link to another user's content that can't be opened is kept for the next one") {
  UnreadFixture fixture;
  REQUIRE(fixture.drive->accounts().create_user("ann", std::nullopt));
  REQUIRE(fixture.put("one", "1"));
  const auto owner = fixture.actor;
  fixture.become("ann");
  REQUIRE(fixture.put("hers", "22"));
  fixture.actor = owner;
  fixture.lose_catalog();
  fs::create_hard_link(fixture.object_of("1"), fixture.data("tree/ann/linked"));
  fixture.close_object("1");
  CHECK(fixture.must_rebuild().left == 2);
  fixture.start_and_stop();
  fixture.disk.heal();
  fixture.force = true;
  CHECK(fixture.must_rebuild().left == 0);
  fixture.open();
  CHECK(fixture.content("one") == "1");
  fixture.check_clean();
  fixture.become("ann");
  CHECK(fixture.content("linked") == "1");
}

TEST_CASE("rebuild: where it keeps a file whose name has control characters is said without these") {
  UnreadFixture fixture;
  REQUIRE(fixture.put("one", "1"));
  fixture.lose_catalog();
  std::ofstream(fixture.data("tree/owner/wri\x1b[2Jtten")) << "by hand";
  fixture.disk.fail_opening("wri\x1b[2Jtten", EACCES);
  fs::create_symlink("one", fixture.data("tree/owner/li\x1b[2Jnk"));
  CHECK(fixture.must_rebuild().left == 2);
  REQUIRE(fixture.left.size() == 2);
  for (const auto& one : fixture.left) {
    INFO(one);
    const auto kept = one.find("it is kept as ");
    REQUIRE(kept != std::string::npos);
    CHECK(one.find('\x1b', kept) == std::string::npos);
  }
}

TEST_CASE("rebuild: content that was cut and can't be read has its size again once the same content is put") {
  UnreadFixture fixture;
  REQUIRE(fixture.put("a/one", "content"));
  REQUIRE(fixture.put("b/same", "content"));
  fixture.cut_unreadable("content");
  CHECK(fixture.is_damaged("a/one"));
  auto file = fixture.small("a/one", to_bytes("content"));
  file.attributes = fixture.drive->stat(fixture.actor, at("a/one"))->entry.attributes;
  const auto put = fixture.put(file);
  REQUIRE(put);
  CHECK(put->healed);
  CHECK_FALSE(put->unchanged);
  REQUIRE(fixture.drive->collect());
  for (const auto* path : {"a/one", "b/same"}) {
    const auto status = fixture.drive->stat(fixture.actor, at(path));
    REQUIRE(status);
    CHECK_FALSE(status->entry.damaged);
    CHECK(status->entry.size == 7);
    CHECK(fixture.content(path) == "content");
  }
  fixture.check_clean();
}

TEST_CASE("rebuild: content that was cut and can't be read has its size again in the trash and in earlier versions") {
  UnreadFixture fixture;
  REQUIRE(fixture.put("a/one", "content"));
  REQUIRE(fixture.put("b/same", "content"));
  REQUIRE(fixture.put("third", "content"));
  fixture.cut_unreadable("content");
  REQUIRE(fixture.remove("a", true));
  REQUIRE(fixture.put("third", "other"));
  REQUIRE(fixture.put("elsewhere", "content"));
  REQUIRE(fixture.drive->collect());
  fixture.check_clean();
  CHECK(fixture.content("b/same") == "content");
}

TEST_CASE("rebuild: content that was cut and can't be read has its size again by a repair from another user") {
  UnreadFixture fixture;
  REQUIRE(fixture.put("a/one", "content"));
  const auto owner = fixture.actor;
  fixture.cut_unreadable("content");
  REQUIRE(fixture.drive->accounts().create_user("ann", std::nullopt));
  fixture.become("ann");
  REQUIRE(fixture.put("hers", "content"));
  fixture.actor = owner;
  fixture.repair();
  fixture.check_clean();
  CHECK(fixture.content("a/one") == "content");
}

TEST_CASE("rebuild: two names of content that can't be read for a moment are taken alike, whole or not") {
  const auto failures = GENERATE(1, 2, 3);
  const bool is_whole = failures == 1;  // the disk is asked again in the end
  UnreadFixture fixture;
  REQUIRE(fixture.put("a/one", "1"));
  REQUIRE(fixture.put("same", "1"));
  fixture.lose_catalog();
  fixture.disk.fail_call(Call::kRead, EIO, 1, failures);
  const auto report = fixture.must_rebuild();
  CHECK(report.left == (is_whole ? 0 : 2));
  CHECK(report.files == 2);
  CHECK(report.unnamed == 0);
  fixture.open();
  CHECK(fixture.is_damaged("a/one") != is_whole);
  CHECK(fixture.is_damaged("same") != is_whole);
  fixture.check_clean();
  CHECK(fixture.content("a/one") == "1");
  CHECK(fixture.content("same") == "1");
}

TEST_CASE("rebuild: content that can't be opened, but is whole in a file that was kept unread, comes back from there") {
  UnreadFixture fixture;
  REQUIRE(fixture.put("one", "1"));
  fixture.lose_catalog();
  fs::create_directories(fixture.data("tree-unread/owner"));
  std::ofstream(fixture.data("tree-unread/owner/copy")) << "1";
  fixture.close_object("1");
  const auto report = fixture.must_rebuild();
  CHECK(report.left == 0);
  CHECK(report.files == 2);
  CHECK(report.unnamed == 1);
  fixture.open();
  CHECK_FALSE(fixture.is_damaged("one"));
  CHECK_FALSE(fixture.is_damaged("copy"));
  CHECK(fixture.content("one") == "1");
  CHECK(fixture.content("copy") == "1");
  fixture.check_clean();
}

TEST_CASE("rebuild: what was kept unread gives way to a file of the tree that can't be read") {
  const std::string kept = GENERATE("one", "one/below");
  UnreadFixture fixture;
  REQUIRE(fixture.put("one", "1"));
  fixture.lose_catalog();
  fs::create_directories(fs::path(fixture.data("tree-unread/owner/" + kept)).parent_path());
  std::ofstream(fixture.data("tree-unread/owner/" + kept)) << "older";
  fixture.close_object("1");
  const auto report = fixture.must_rebuild();
  CHECK(report.left == 1);
  CHECK(report.files == 1);
  CHECK(DriveFixture::read_file(fixture.data("tree-unread/owner/" + kept)) == "older");
  fixture.open();
  fixture.check_clean();
  CHECK(fixture.content("one") == "1");
}

TEST_CASE("rebuild: whatever can't be read, all else comes back, and that itself by the next one") {
  const auto error = GENERATE(EIO, EBADMSG);
  const auto count = GENERATE(1, 2, 5);
  UnreadFixture fixture;
  for (const auto* name : {"a/one", "two", "three"}) REQUIRE(fixture.put(name, name));
  fixture.lose_catalog();
  std::ofstream(fixture.data("tree/owner/written")) << "by hand";
  fixture.force = true;
  std::uint64_t left = 0;
  for (int nth = 1; nth <= 10; ++nth) {
    INFO("reads from number " << nth);
    fixture.disk.fail_call(Call::kRead, error, nth, count);
    left += fixture.must_rebuild().left;
    fixture.disk.heal();
    fixture.start_and_stop();
    const auto report = fixture.must_rebuild();
    CHECK(report.files == 4);
    CHECK(report.left == 0);
  }
  CHECK(left > 0);
  fixture.open();
  CHECK(fixture.content("written") == "by hand");
  for (const auto* name : {"a/one", "two", "three"}) CHECK(fixture.content(name) == name);
  fixture.check_clean();
}

}  // namespace ndisk::storage
