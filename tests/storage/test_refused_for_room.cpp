// Changes that write rows for all below a folder, where the disk has no room for them; and what was answered before.
#include <cerrno>
#include <filesystem>

#include "storage/disk_room.hpp"
#include "tests/storage/history_fixture.hpp"

namespace ndisk::storage {
namespace {

constexpr int kEntries = 150;
constexpr std::uint64_t kMib = 1 << 20;

// A path of some 3.8 KB.
std::string far() {
  const std::string name(250, 'e');
  std::string path = name;
  for (int i = 1; i < 15; ++i) path += "/" + name;
  return path;
}

void fill(DriveFixture& fixture, const std::string& folder) {
  for (int i = 0; i < kEntries; ++i) REQUIRE(fixture.put(folder + "/" + std::to_string(i), "same"));
}

CopyRequest copy_of(std::string_view from, std::string_view to) {
  CopyRequest request;
  request.request_id = random_bytes<16>();
  request.from = at(from);
  request.to = at(to);
  request.exact = request.recursive = true;
  return request;
}

Result<Placed> copy(DriveFixture& fixture, const CopyRequest& request) {
  return wait_for<Placed>([&](auto done) { fixture.drive->copy(fixture.actor, request, std::move(done)); });
}

}  // namespace

TEST_CASE("room: a folder whose paths the disk has no room for is not restored, and stays in the trash") {
  HistoryFixture fixture;
  const auto folder = far() + "/f";
  fill(fixture, folder);
  REQUIRE(fixture.remove(folder, true));
  fixture.files.pretend_free_bytes(kReserveBytes + kMib);
  const auto by_path = fixture.restore(folder);
  REQUIRE_FALSE(by_path);
  CHECK(by_path.error().code == ErrorCode::kNoSpace);
  const auto by_number = fixture.restore_trash(fixture.trash_id(folder));
  REQUIRE_FALSE(by_number);
  CHECK(by_number.error().code == ErrorCode::kNoSpace);
  CHECK(fixture.number("SELECT count(*) FROM trash") == 1);
  fixture.files.pretend_free_bytes(kReserveBytes + 2 * kMib);
  CHECK(fixture.restore(folder));
  CHECK(fixture.content(folder + "/7") == "same");
}

TEST_CASE("room: what is below counts as long as its paths are, not as the longest of them") {
  HistoryFixture fixture;
  for (int i = 0; i < 20; ++i) fill(fixture, "f/" + std::to_string(i));
  REQUIRE(fixture.make_folder("f/" + far()));
  REQUIRE(fixture.remove("f", true));
  fixture.files.pretend_free_bytes(kReserveBytes + 2 * kMib);
  CHECK(fixture.restore("f"));
}

TEST_CASE("room: where no tree is kept there is nothing to have room for") {
  HistoryFixture fixture;
  fixture.options.tree = false;
  fixture.reopen();
  const auto folder = far() + "/f";
  fill(fixture, folder);
  REQUIRE(fixture.remove(folder, true));
  fixture.files.pretend_free_bytes(kReserveBytes + kMib / 2);
  CHECK(fixture.restore(folder));
}

TEST_CASE("room: a folder is not copied to where its paths would be too long for the disk") {
  HistoryFixture fixture;
  fill(fixture, "f");
  REQUIRE(fixture.make_folder(far()));
  fixture.files.pretend_free_bytes(kReserveBytes + kMib);
  const auto refused = copy(fixture, copy_of("f", far() + "/f"));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == ErrorCode::kNoSpace);
  CHECK(fixture.names(far()).empty());
  CHECK(copy(fixture, copy_of("f", "g")));
  fixture.files.pretend_free_bytes(kReserveBytes + 4 * kMib);
  CHECK(copy(fixture, copy_of("f", far() + "/f")));
}

TEST_CASE("room: a copy that was done is answered again when the disk has no room any more") {
  HistoryFixture fixture;
  REQUIRE(fixture.put("one", "1"));
  const auto request = copy_of("one", "two");
  const auto first = copy(fixture, request);
  REQUIRE(first);
  fixture.files.pretend_free_bytes(kReserveBytes / 2);
  const auto again = copy(fixture, request);
  INFO((again ? std::string() : again.error().message));
  REQUIRE(again);
  CHECK(again->change == first->change);
  CHECK(again->path == "two");
  const auto fresh = copy(fixture, copy_of("one", "three"));
  REQUIRE_FALSE(fresh);
  CHECK(fresh.error().code == ErrorCode::kNoSpace);
}

TEST_CASE("room: a large folder that was restored is answered again when the disk has no room any more") {
  HistoryFixture fixture;
  fill(fixture, "f");
  REQUIRE(fixture.remove("f", true));
  const auto id = random_bytes<16>();
  const auto first = fixture.restore("f", std::nullopt, id);
  REQUIRE(first);
  REQUIRE(fixture.remove("f", true));
  fixture.files.pretend_free_bytes(0);
  const auto again = fixture.restore("f", std::nullopt, id);
  INFO((again ? std::string() : again.error().message));
  REQUIRE(again);
  CHECK(again->change == first->change);
}

TEST_CASE("room: a version that was restored is answered again when its content can't be opened since") {
  HistoryFixture fixture;
  const auto older = fixture.put_version("a", "older content");
  fixture.put_version("a", "newer content");
  const auto id = random_bytes<16>();
  const auto first = fixture.restore("a", older, id);
  REQUIRE(first);
  for (const auto& file : fixture.object_files()) {
    std::filesystem::last_write_time(file, std::filesystem::file_time_type::clock::now());
  }
  fixture.files.fail_opening(".", EMFILE);
  CHECK_FALSE(fixture.restore("a", older));
  const auto again = fixture.restore("a", older, id);
  INFO((again ? std::string() : again.error().message));
  REQUIRE(again);
  CHECK(again->change == first->change);
}

}  // namespace ndisk::storage
