// Healing where the quota has no room left: the damaged content and what takes its place count once.
#include "tests/storage/check_fixture.hpp"

namespace ndisk::storage {
namespace {

constexpr std::size_t kSize = 300'000;

// All of the quota is one file's, which is damaged.
class FullFixture : public CheckFixture {
 public:
  FullFixture() {
    REQUIRE(put(small("a", content)));
    set_quota(kSize);
    rot(object_file(as_text(content)));
    REQUIRE(check({.read_data = true}).report.damage > 0);
  }
  void set_quota(std::uint64_t quota) { REQUIRE(drive->accounts().set_quota("owner", quota)); }
  std::uint64_t stored() {
    const auto users = drive->accounts().users("", 10);
    REQUIRE(users);
    return users->front().stored;
  }
  void check_healed() {
    CHECK(this->DriveFixture::content("a") == as_text(content));
    check_clean();
    collect();
    CHECK(stored() == kSize);
    check_clean();
  }
  // Without a size, as from a pipe.
  Result<Committed> pipe(std::string_view path, const Bytes& bytes) {
    auto held = writer(large(path, std::nullopt));
    const auto appended = held->append(0, bytes);
    if (!appended) return std::unexpected(appended.error());
    return commit(std::move(held), bytes);
  }

  const Bytes content = pattern(kSize);
  const Bytes other = pattern(kSize, 2);
};

ErrorCode code_of(const auto& result) { return result ? ErrorCode{} : result.error().code; }

}  // namespace

TEST_CASE("healing: a full quota refuses no small file that heals, and counts it once") {
  FullFixture fixture;
  const auto put = fixture.put(fixture.small("a", fixture.content));
  REQUIRE(put);
  CHECK(put->healed);
  fixture.check_healed();
}

TEST_CASE("healing: a full quota refuses no upload that heals, of a known size or not") {
  FullFixture fixture;
  const bool is_piped = GENERATE(false, true);
  const auto put = is_piped ? fixture.pipe("a", fixture.content) : fixture.upload("a", fixture.content);
  INFO((put ? std::string() : put.error().message));
  REQUIRE(put);
  CHECK(put->healed);
  fixture.check_healed();
}

TEST_CASE("healing: whoever is over the quota can heal as well") {
  FullFixture fixture;
  fixture.set_quota(kSize / 2);
  const bool is_small = GENERATE(false, true);
  const auto put = is_small ? fixture.put(fixture.small("a", fixture.content)) : fixture.upload("a", fixture.content);
  REQUIRE(put);
  CHECK(put->healed);
  fixture.check_healed();
}

TEST_CASE("healing: damage makes no room for other content") {
  FullFixture fixture;
  CHECK(code_of(fixture.put(fixture.small("b", fixture.other))) == ErrorCode::kNoSpace);
  CHECK(code_of(fixture.offer(fixture.large("b", kSize - 1))) == ErrorCode::kNoSpace);
  // What has the size of damaged content may be that; its digest says that it isn't.
  CHECK(code_of(fixture.upload("b", fixture.other)) == ErrorCode::kNoSpace);
  CHECK(code_of(fixture.pipe("c", fixture.other)) == ErrorCode::kNoSpace);
  CHECK(fixture.names() == std::vector<std::string>{"a"});
  CHECK(fixture.stored() == kSize);
}

TEST_CASE("healing: the room of damaged content is promised to one upload at a time") {
  FullFixture fixture;
  const auto first = fixture.writer(fixture.large("a", kSize));
  CHECK(code_of(fixture.offer(fixture.large("b", kSize))) == ErrorCode::kNoSpace);
}

TEST_CASE("healing: content that is healed once takes its room like any other") {
  FullFixture fixture;
  REQUIRE(fixture.put(fixture.small("a", fixture.content)));
  fixture.collect();
  CHECK(code_of(fixture.offer(fixture.large("b", kSize))) == ErrorCode::kNoSpace);
  REQUIRE(fixture.put(fixture.small("b", fixture.content)));
  CHECK(fixture.stored() == kSize);
}

}  // namespace ndisk::storage
