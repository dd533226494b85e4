#include "tests/storage/namespace_fixture.hpp"

namespace ndisk::storage {

TEST_CASE("full disk: what is left for the catalog takes no content, and removing goes on") {
  NamespaceFixture fixture;
  REQUIRE(fixture.put("a", "content"));
  auto writer = fixture.writer(fixture.large("stream", std::nullopt));
  fixture.files.pretend_free_bytes(8 << 20);
  const auto put = fixture.put("b", "other");
  REQUIRE_FALSE(put);
  CHECK(put.error().code == ErrorCode::kNoSpace);
  const auto appended = writer->append(0, pattern(1000));
  REQUIRE_FALSE(appended);
  CHECK(appended.error().code == ErrorCode::kNoSpace);
  const auto copied = fixture.copy("a", "c");
  REQUIRE_FALSE(copied);
  CHECK(copied.error().code == ErrorCode::kNoSpace);
  CHECK(fixture.content("a") == "content");
  REQUIRE(fixture.remove("a"));
  EmptyTrashRequest all{random_bytes<16>(), {}, {}};
  REQUIRE(wait_for<Emptied>([&](auto done) { fixture.drive->empty_trash(fixture.actor, all, std::move(done)); }));
  REQUIRE(fixture.drive->collect());
  CHECK(fixture.object_files().empty());
  fixture.files.pretend_free_bytes(9 << 20);
  CHECK(writer->append(0, pattern(1000)));
  CHECK(fixture.put("b", "other"));
}

}  // namespace ndisk::storage
