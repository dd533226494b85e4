// Sizes that were recorded of content that was cut then, and what becomes of them beside the whole content.
#include "tests/storage/check_fixture.hpp"

namespace ndisk::storage {
namespace {

class SizesFixture : public CheckFixture {
 public:
  // As a rebuild records a file whose content was cut and can't be read.
  void record_cut(std::string_view path, std::string_view content) {
    REQUIRE(put(path, content));
    const auto file = object_file(content);
    std::filesystem::permissions(file, std::filesystem::perms::owner_write, std::filesystem::perm_options::add);
    std::filesystem::resize_file(file, 1);
    edit_catalog(
        "UPDATE objects SET size = 1, state = 3; UPDATE versions SET size = 1; UPDATE nodes SET size = 1 WHERE kind = "
        "1; UPDATE folders SET bytes = 1; UPDATE users SET stored = 1, bytes = 1");
  }
  Result<Placed> copy(std::string_view from, std::string_view to) {
    CopyRequest request;
    request.request_id = random_bytes<16>();
    request.from = at(from);
    request.to = at(to);
    return wait_for<Placed>([&](auto done) { drive->copy(actor, std::move(request), std::move(done)); });
  }
  std::uint64_t size(std::string_view path) {
    const auto status = drive->stat(actor, at(path));
    REQUIRE(status);
    return status->entry.size;
  }
};

constexpr char kCutVersions[] =
    "UPDATE versions SET size = 1; UPDATE nodes SET size = 1 WHERE kind = 1; UPDATE folders SET bytes = 1; "
    "UPDATE users SET bytes = 1";

}  // namespace

TEST_CASE("sizes: a copy of content that was recorded cut has the size of the object that it is given") {
  SizesFixture fixture;
  fixture.record_cut("f", "content");
  REQUIRE(fixture.put("g", "content"));
  REQUIRE(fixture.copy("f", "h"));
  CHECK(fixture.size("h") == 7);
  CHECK(fixture.content("h") == "content");
  fixture.collect();
  fixture.check_clean();
  fixture.check_catalog();
}

TEST_CASE("sizes: a restored version whose content was recorded cut has the size of the object that it is given") {
  SizesFixture fixture;
  fixture.record_cut("f", "content");
  const auto cut = fixture.versions("f").front();
  REQUIRE(fixture.put("f", "another"));
  REQUIRE(fixture.put("g", "content"));
  REQUIRE(fixture.restore("f", cut));
  CHECK(fixture.size("f") == 7);
  CHECK(fixture.content("f") == "content");
  fixture.collect();
  fixture.check_clean();
  fixture.check_catalog();
}

TEST_CASE("sizes: content that was recorded cut is read whole from another object, before it is healed") {
  SizesFixture fixture;
  fixture.record_cut("f", "content");
  REQUIRE(fixture.put("g", "content"));
  CHECK(fixture.content("f") == "content");
}

TEST_CASE("sizes: whole content is read whole, though its version has another size") {
  SizesFixture fixture;
  REQUIRE(fixture.put("f", "content"));
  fixture.edit_catalog(kCutVersions);
  CHECK(fixture.content("f") == "content");
}

TEST_CASE("sizes: a version that has not the size of its whole content is found, and a repair sets it") {
  SizesFixture fixture;
  REQUIRE(fixture.put("a/f", "content"));
  REQUIRE(fixture.copy("a/f", "h"));
  REQUIRE(fixture.put("h", "another"));
  REQUIRE(fixture.put("other", "another"));
  fixture.edit_catalog(
      "UPDATE versions SET size = 1 WHERE id <= 2; UPDATE nodes SET size = 1 WHERE version = 1; "
      "UPDATE folders SET bytes = bytes - 6; UPDATE users SET bytes = bytes - 6");
  CHECK(fixture.check().lines() == std::vector<std::string>{"record owner:a/f v1", "record owner:h v2"});
  CHECK_THAT(fixture.check().causes(), Catch::Contains("the size of this version"));
  const auto mended = fixture.repair();
  CHECK(mended.lines() == std::vector<std::string>{"record owner:a/f v1 mended", "record owner:h v2 mended"});
  CHECK(mended.report.mended == 2);
  fixture.check_clean();
  fixture.check_catalog();
  CHECK(fixture.size("a/f") == 7);
}

TEST_CASE("sizes: a version that has not the size of its content is left alone by a repair, where that is damaged") {
  SizesFixture fixture;
  REQUIRE(fixture.put("f", "content"));
  fixture.edit_catalog(kCutVersions);
  CheckFixture::rot(fixture.object_file("content"));
  const auto repaired = fixture.repair();
  CHECK(repaired.lines() == std::vector<std::string>{"record owner:f v1", "object owner:f v1"});
  CHECK(repaired.report.mended == 0);
  CHECK(fixture.number("SELECT size FROM versions") == 1);
}

}  // namespace ndisk::storage
