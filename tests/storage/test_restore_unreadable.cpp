// A restore of content that the disk could not read when somebody looked: it is read anew before it is refused.
#include <cerrno>
#include <future>

#include "tests/storage/check_fixture.hpp"

namespace ndisk::storage {
namespace {

// The disk fails to tell of an older version's content, once.
class UnreadableFixture : public CheckFixture {
 public:
  UnreadableFixture() {
    REQUIRE(put("a", "older"));
    REQUIRE(put("a", "newer"));
    REQUIRE(drive->flush_tree());  // whose thread would meet the fault instead
    files.fail_call(Call::kStatus, EIO);
  }
};

}  // namespace

TEST_CASE("restore: content of which the disk failed to tell once is read, and restored") {
  UnreadableFixture fixture;
  REQUIRE(fixture.restore("a"));
  CHECK(fixture.content("a") == "older");
  fixture.check_clean();
}

TEST_CASE("restore: content that the disk can't read is refused, not called damaged, and restored when it can") {
  UnreadableFixture fixture;
  fixture.files.fail_call(Call::kRead, EIO, 1, 100);
  const auto refused = fixture.restore("a");
  fixture.files.heal();
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == ErrorCode::kIo);
  CHECK(fixture.content("a") == "newer");
  REQUIRE(fixture.restore("a"));
  CHECK(fixture.content("a") == "older");
  fixture.check_clean();
}

TEST_CASE("restore: where files or memory are short while content is read anew, another try is asked for") {
  const int shortage = GENERATE(EMFILE, ENOMEM);
  UnreadableFixture fixture;
  fixture.files.fail_call(Call::kRead, shortage, 1, 100);
  const auto refused = fixture.restore("a");
  fixture.files.heal();
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == ErrorCode::kBusy);
  CHECK(refused.error().retryable);
  REQUIRE(fixture.restore("a"));
  CHECK(fixture.content("a") == "older");
}

TEST_CASE("restore: while content is read anew for one, another is asked to try again") {
  UnreadableFixture fixture;
  Result<Placed> other;
  const auto restore_too = [&] { other = std::async(std::launch::async, [&] { return fixture.restore("a"); }).get(); };
  fixture.files.before_call(Call::kRead, 1, restore_too);
  REQUIRE(fixture.restore("a"));
  REQUIRE_FALSE(other);
  CHECK(other.error().code == ErrorCode::kBusy);
  CHECK(other.error().retryable);
  CHECK(fixture.content("a") == "older");
}

TEST_CASE("restore: content is not read anew to its end when long work is to end, and another try is asked for") {
  UnreadableFixture fixture;
  fixture.files.before_call(Call::kRead, 1, [&] { fixture.drive->end_long_work(); });
  const auto refused = fixture.restore("a");
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == ErrorCode::kShuttingDown);
  CHECK(refused.error().retryable);
  CHECK(fixture.content("a") == "newer");
}

TEST_CASE("restore: content that could not be read and turns out damaged is refused") {
  UnreadableFixture fixture;
  fixture.rot(fixture.object_file("older"));
  const auto refused = fixture.restore("a");
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == ErrorCode::kIntegrity);
  CHECK(fixture.content("a") == "newer");
}

}  // namespace ndisk::storage
