#include <algorithm>

#include "storage/uploads.hpp"
#include "tests/storage/drive_fixture.hpp"

namespace ndisk::storage {
namespace {

constexpr std::uint64_t kQuota = 100'000;

struct QuotaFixture : DriveFixture {
  QuotaFixture() { set_quota(kQuota); }

  void set_quota(std::optional<std::uint64_t> quota) { REQUIRE(drive->accounts().set_quota("owner", quota)); }

  UserSummary owner() {
    const auto users = drive->accounts().users("", 10);
    REQUIRE(users);
    REQUIRE(users->size() == 1);
    return users->front();
  }
};

// Content of its own, so that none is held already.
SmallFile filled(DriveFixture& fixture, std::string_view path, std::size_t size, std::uint32_t seed = 1) {
  return fixture.small(path, pattern(size, seed));
}

bool contains(const std::string& text, std::string_view part) { return text.find(part) != text.npos; }

}  // namespace

TEST_CASE("quota: the last byte can be taken, and one more can't") {
  QuotaFixture fixture;
  REQUIRE(fixture.put(filled(fixture, "a", kQuota - 10)));
  CHECK(fixture.put(filled(fixture, "b", 11, 2)).error().code == ErrorCode::kNoSpace);
  CHECK(fixture.put(filled(fixture, "b", 10, 2)));
  CHECK(fixture.put(filled(fixture, "c", 1, 3)).error().code == ErrorCode::kNoSpace);
  CHECK(fixture.owner().stored == kQuota);
  CHECK(fixture.object_files().size() == 2);
}

TEST_CASE("quota: a refusal names the file, the quota, the use and the need, and what to do") {
  QuotaFixture fixture;
  REQUIRE(fixture.put(filled(fixture, "a", 60'000)));
  const auto refused = fixture.put(filled(fixture, "d/too big", 50'001, 2));
  REQUIRE_FALSE(refused);
  for (const auto* part : {"d/too big", "owner", "100000", "60000", "50001", "trash"}) {
    INFO(refused.error().message << " lacks " << part);
    CHECK(contains(refused.error().message, part));
  }
}

TEST_CASE("quota: what is replaced or removed still counts") {
  QuotaFixture fixture;
  REQUIRE(fixture.put(filled(fixture, "a", 60'000)));
  CHECK(fixture.put(filled(fixture, "a", 50'000, 2)).error().code == ErrorCode::kNoSpace);
  REQUIRE(fixture.remove("a"));
  CHECK(fixture.put(filled(fixture, "b", 50'000, 2)).error().code == ErrorCode::kNoSpace);
}

TEST_CASE("quota: content that is held already costs nothing, however it comes") {
  QuotaFixture fixture;
  const auto content = pattern(kQuota);
  REQUIRE(fixture.put(fixture.small("a", content)));
  CHECK(fixture.put(fixture.small("b", content)));
  auto offer = fixture.large("c", content.size());
  offer.sha256 = sha256(content);
  const auto instant = fixture.offer(offer);
  REQUIRE(instant);
  CHECK(instant->committed);
  CHECK(fixture.owner().stored == kQuota);
}

TEST_CASE("quota: an empty file always fits") {
  QuotaFixture fixture;
  REQUIRE(fixture.put(filled(fixture, "a", kQuota)));
  CHECK(fixture.put("empty", ""));
}

TEST_CASE("quota: two uploads that pass it together: the second is refused before anything is sent") {
  QuotaFixture fixture;
  const auto first = fixture.writer(fixture.large("a", 60'000));
  CHECK(fixture.owner().staged == 60'000);
  const auto second = fixture.offer(fixture.large("b", 40'001));
  REQUIRE_FALSE(second);
  CHECK(second.error().code == ErrorCode::kNoSpace);
  CHECK(contains(second.error().message, "60000"));
  CHECK(fixture.offer(fixture.large("c", 40'000)));
  CHECK(fixture.staged_files() == 1);
}

TEST_CASE("quota: a small file does not take the room that an upload was promised") {
  QuotaFixture fixture;
  const auto content = pattern(60'000);
  auto writer = fixture.writer(fixture.large("a", content.size()));
  CHECK(fixture.put(filled(fixture, "b", 40'001, 2)).error().code == ErrorCode::kNoSpace);
  CHECK(fixture.put(filled(fixture, "c", 40'000, 3)));
  REQUIRE(writer->append(0, content));
  CHECK(fixture.commit(std::move(writer), content));
  CHECK(fixture.owner().stored == kQuota);
  CHECK(fixture.owner().staged == 0);
}

TEST_CASE("quota: an upload that its session lets go of takes what is staged of it") {
  QuotaFixture fixture;
  const auto content = pattern(60'000);
  const auto offer = fixture.large("a", content.size());
  {
    auto writer = fixture.writer(offer);
    REQUIRE(writer->append(0, ByteView(content).first(20'000)));
  }
  CHECK(fixture.owner().staged == 20'000);
  CHECK(fixture.put(filled(fixture, "b", 80'001, 2)).error().code == ErrorCode::kNoSpace);
  fixture.reopen();
  CHECK(fixture.owner().staged == 20'000);
  CHECK(fixture.upload("a", content));
  CHECK(fixture.owner().staged == 0);
}

TEST_CASE("quota: an upload that can't go on for it stays, and goes on when there is room") {
  QuotaFixture fixture;
  const auto content = pattern(60'000);
  const auto offer = fixture.large("a", content.size());
  {
    auto writer = fixture.writer(offer);
    REQUIRE(writer->append(0, ByteView(content).first(20'000)));
  }
  fixture.set_quota(50'000);
  CHECK(fixture.offer(offer).error().code == ErrorCode::kNoSpace);
  CHECK(fixture.owner().staged == 20'000);
  fixture.set_quota(kQuota);
  CHECK(fixture.writer(offer)->received() == 20'000);
}

TEST_CASE("quota: an upload that is given up, cancelled or damaged takes nothing any more") {
  QuotaFixture fixture;
  const auto content = pattern(30'000);
  auto given_up = fixture.writer(fixture.large("a", content.size()));
  auto cancelled = fixture.writer(fixture.large("b", content.size()));
  auto damaged = fixture.writer(fixture.large("c", content.size()));
  CHECK(fixture.owner().staged == 90'000);
  REQUIRE(fixture.drive->abandon(std::move(given_up)));
  REQUIRE(fixture.drive->cancel_upload(fixture.actor, cancelled->id()));
  REQUIRE(damaged->append(0, content));
  CHECK(fixture.commit(std::move(damaged), pattern(30'000, 9)).error().code == ErrorCode::kIntegrity);
  CHECK(fixture.owner().staged == 0);
}

TEST_CASE("quota: an upload that starts over takes its size once") {
  QuotaFixture fixture;
  auto offer = fixture.large("a", 60'000);
  {
    auto writer = fixture.writer(offer);
    REQUIRE(writer->append(0, pattern(20'000)));
  }
  offer.start_over = true;
  const auto writer = fixture.writer(offer);
  CHECK(fixture.owner().staged == 60'000);
}

TEST_CASE("quota: an upload that another session takes over takes its size once") {
  QuotaFixture fixture;
  const auto offer = fixture.large("a", 60'000);
  auto first = fixture.writer(offer);
  const auto second = fixture.writer(offer);
  first.reset();
  CHECK(fixture.owner().staged == 60'000);
}

TEST_CASE("quota: an upload whose commit is refused keeps what is staged of it, and no more") {
  QuotaFixture fixture;
  const auto content = pattern(60'000);
  auto offer = fixture.large("a", content.size());
  offer.precondition.must_not_exist = true;
  auto writer = fixture.writer(offer);
  REQUIRE(writer->append(0, content));
  REQUIRE(fixture.put("a", "faster"));
  CHECK(fixture.commit(std::move(writer), content).error().code == ErrorCode::kConflict);
  CHECK(fixture.owner().staged == 60'000);
  CHECK(fixture.put(filled(fixture, "b", 40'000, 2)).error().code == ErrorCode::kNoSpace);
}

TEST_CASE("quota: an upload of unknown size takes what came, and no more is taken than fits") {
  QuotaFixture fixture;
  auto writer = fixture.writer(fixture.large("a", std::nullopt));
  CHECK(fixture.owner().staged == 0);
  REQUIRE(writer->append(0, pattern(70'000)));
  CHECK(fixture.owner().staged == 70'000);
  const auto refused = writer->append(70'000, pattern(30'001));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == ErrorCode::kNoSpace);
  CHECK(contains(refused.error().message, "100001"));
  CHECK(writer->received() == 70'000);
  REQUIRE(writer->append(70'000, pattern(30'000)));
  CHECK(fixture.put(filled(fixture, "b", 1, 2)).error().code == ErrorCode::kNoSpace);
}

TEST_CASE("quota: an upload of unknown size that fits exactly is committed") {
  QuotaFixture fixture;
  const auto content = pattern(kQuota);
  auto writer = fixture.writer(fixture.large("a", std::nullopt));
  REQUIRE(writer->append(0, content));
  CHECK(fixture.commit(std::move(writer), content));
  CHECK(fixture.owner().staged == 0);
}

TEST_CASE("quota: an upload of unknown size is stopped by a quota that is set meanwhile") {
  QuotaFixture fixture;
  fixture.set_quota(std::nullopt);
  const auto content = pattern(4 << 20);
  auto writer = fixture.writer(fixture.large("a", std::nullopt));
  REQUIRE(writer->append(0, ByteView(content).first(1 << 20)));
  fixture.set_quota(kQuota);
  Result<void> appended;
  while (appended && writer->received() < content.size()) {
    appended = writer->append(writer->received(), ByteView(content).subspan(writer->received(), 1 << 18));
  }
  REQUIRE_FALSE(appended);
  CHECK(appended.error().code == ErrorCode::kNoSpace);
}

TEST_CASE("quota: below what is used nothing more is taken, and reading and removing still work") {
  QuotaFixture fixture;
  const auto content = pattern(60'000);
  auto writer = fixture.writer(fixture.large("b", content.size()));
  REQUIRE(writer->append(0, content));
  REQUIRE(fixture.put("a", "content"));
  fixture.set_quota(3);
  CHECK(fixture.put("c", "more content").error().code == ErrorCode::kNoSpace);
  CHECK(fixture.commit(std::move(writer), content).error().code == ErrorCode::kNoSpace);
  CHECK(fixture.content("a") == "content");
  CHECK(fixture.remove("a"));
}

TEST_CASE("quota: without one, everything is taken") {
  QuotaFixture fixture;
  fixture.set_quota(0);
  CHECK(fixture.put("a", "content").error().code == ErrorCode::kNoSpace);
  fixture.set_quota(std::nullopt);
  CHECK(fixture.put("a", "content"));
}

TEST_CASE("quota: it is each user's own") {
  QuotaFixture fixture;
  REQUIRE(fixture.put(filled(fixture, "a", kQuota)));
  REQUIRE(fixture.drive->accounts().create_user("ann", 10));
  fixture.become("ann");
  CHECK(fixture.put(filled(fixture, "a", 11)).error().code == ErrorCode::kNoSpace);
  CHECK(fixture.put(filled(fixture, "a", 10)));
}

TEST_CASE("upload: one of unknown size that nobody holds expires after an hour, one of known size does not") {
  QuotaFixture fixture;
  {
    auto unsized = fixture.writer(fixture.large("a", std::nullopt));
    auto sized = fixture.writer(fixture.large("b", 50'000));
    REQUIRE(unsized->append(0, pattern(10'000)));
    REQUIRE(sized->append(0, pattern(10'000)));
  }
  fixture.clock.advance(kUnsizedUploadLifetime);
  CHECK(fixture.drive->collect()->expired_uploads == 0);
  fixture.clock.advance(1);
  CHECK(fixture.drive->collect()->expired_uploads == 1);
  const auto left = fixture.drive->uploads(fixture.actor);
  REQUIRE(left);
  REQUIRE(left->size() == 1);
  CHECK(left->front().path == "b");
  CHECK(fixture.staged_files() == 1);
  CHECK(fixture.owner().staged == 10'000);
}

TEST_CASE("upload: one of unknown size that a session holds does not expire, however long nothing comes") {
  QuotaFixture fixture;
  const auto offer = fixture.large("a", std::nullopt);
  {
    auto writer = fixture.writer(offer);
    REQUIRE(writer->append(0, pattern(10'000)));
  }
  auto writer = fixture.writer(offer);
  REQUIRE(writer->received() == 10'000);
  fixture.clock.advance(kUnsizedUploadLifetime * 5);
  CHECK(fixture.drive->collect()->expired_uploads == 0);
  CHECK(fixture.commit(std::move(writer), pattern(10'000)));
}

}  // namespace ndisk::storage
