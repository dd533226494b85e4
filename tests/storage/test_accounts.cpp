#include "tests/storage/drive_fixture.hpp"

namespace ndisk::storage {
namespace {

const PublicKey kKey{1, 2, 3};
const PublicKey kOtherKey{4, 5, 6};

}  // namespace

TEST_CASE("accounts: the first start makes the owner and its local device") {
  DriveFixture fixture;
  const auto owner = fixture.drive->accounts().local_owner();
  REQUIRE(owner);
  CHECK(owner->user_name == "owner");
  CHECK(owner->device_name == "local");
  fixture.reopen();
  CHECK(fixture.drive->accounts().local_owner()->actor.device == owner->actor.device);
}

TEST_CASE("accounts: an invite enrols one device, which is known from then on") {
  DriveFixture fixture;
  auto& accounts = fixture.drive->accounts();
  CHECK(*accounts.is_new());
  const auto token = accounts.create_invite("owner");
  REQUIRE(token);
  CHECK_FALSE(*accounts.is_new());
  CHECK(accounts.find_device(kKey).error().code == ErrorCode::kNotAllowed);
  const auto identity = accounts.enrol(*token, kKey, "laptop");
  REQUIRE(identity);
  CHECK(identity->device_name == "laptop");
  fixture.reopen();
  const auto found = fixture.drive->accounts().find_device(kKey);
  REQUIRE(found);
  CHECK(found->actor.device == identity->actor.device);
  CHECK(found->user_name == "owner");
}

TEST_CASE("accounts: the same key may use its invite again, another may not") {
  DriveFixture fixture;
  auto& accounts = fixture.drive->accounts();
  const auto token = accounts.create_invite("owner");
  const auto first = accounts.enrol(*token, kKey, "laptop");
  REQUIRE(first);
  fixture.clock.advance(kInviteLifetime * 2);
  const auto again = accounts.enrol(*token, kKey, "laptop");
  REQUIRE(again);
  CHECK(again->actor.device == first->actor.device);
  const auto other = accounts.enrol(*token, kOtherKey, "thief");
  REQUIRE_FALSE(other);
  CHECK(other.error().code == ErrorCode::kNotAllowed);
  CHECK(other.error().message.find("used") != std::string::npos);
}

TEST_CASE("accounts: an expired, an unknown invite and an unknown user are refused") {
  DriveFixture fixture;
  auto& accounts = fixture.drive->accounts();
  const auto token = accounts.create_invite("owner");
  fixture.clock.advance(kInviteLifetime);
  const auto late = accounts.enrol(*token, kKey, "laptop");
  REQUIRE_FALSE(late);
  CHECK(late.error().code == ErrorCode::kNotAllowed);
  CHECK(late.error().message.find("expired") != std::string::npos);
  CHECK(accounts.enrol(InviteToken{9}, kKey, "laptop").error().code == ErrorCode::kNotAllowed);
  CHECK(accounts.create_invite("nobody").error().code == ErrorCode::kNotFound);
}

TEST_CASE("accounts: the token is not in the catalog, only its digest") {
  DriveFixture fixture;
  const auto token = fixture.drive->accounts().create_invite("owner");
  REQUIRE(token);
  fixture.drive->close();
  const auto catalog = fixture.read_file(fixture.data("ndisk.db"));
  CHECK(catalog.find(as_text(*token)) == std::string::npos);
  CHECK(catalog.find(as_text(sha256(*token))) != std::string::npos);
}

TEST_CASE("accounts: an enrolled device enrols again by a new invite and stays the same device") {
  DriveFixture fixture;
  auto& accounts = fixture.drive->accounts();
  const auto first = accounts.enrol(*accounts.create_invite("owner"), kKey, "laptop");
  const auto second = accounts.enrol(*accounts.create_invite("owner"), kKey, "laptop");
  REQUIRE(second);
  CHECK(second->actor.device == first->actor.device);
  CHECK(fixture.drive->status()->devices == 1);
}

TEST_CASE("accounts: a user has a bounded number of invites that nobody has used, whatever others have") {
  DriveFixture fixture;
  auto& accounts = fixture.drive->accounts();
  REQUIRE(accounts.create_user("anna", std::nullopt));
  const auto used = accounts.create_invite("owner");
  REQUIRE(accounts.enrol(*used, kKey, "laptop"));
  for (std::size_t i = 0; i < kMaxOpenInvitesOfUser; ++i) REQUIRE(accounts.create_invite("owner", kLongestInvite));
  const auto beyond = accounts.create_invite("owner");
  REQUIRE_FALSE(beyond);
  CHECK(beyond.error().code == ErrorCode::kNoSpace);
  CHECK(beyond.error().message.find("wait until the first expires") != std::string::npos);
  CHECK(accounts.create_invite("anna"));
}

TEST_CASE("accounts: an invite that is used, or has expired, makes room for another") {
  DriveFixture fixture;
  auto& accounts = fixture.drive->accounts();
  const auto first = accounts.create_invite("owner", 2 * kShortestInvite);
  for (std::size_t i = 1; i < kMaxOpenInvitesOfUser; ++i) REQUIRE(accounts.create_invite("owner", kShortestInvite));
  REQUIRE_FALSE(accounts.create_invite("owner"));
  REQUIRE(accounts.enrol(*first, kKey, "laptop"));
  CHECK(accounts.create_invite("owner"));
  CHECK_FALSE(accounts.create_invite("owner"));
  fixture.clock.advance(kShortestInvite);
  CHECK(accounts.create_invite("owner"));
}

TEST_CASE("accounts: an invite is good for as long as was asked for, within bounds") {
  DriveFixture fixture;
  auto& accounts = fixture.drive->accounts();
  CHECK(accounts.create_invite("owner", kShortestInvite - 1).error().code == ErrorCode::kInvalid);
  CHECK(accounts.create_invite("owner", kLongestInvite + 1).error().code == ErrorCode::kInvalid);
  const auto brief = accounts.create_invite("owner", kShortestInvite);
  const auto lasting = accounts.create_invite("owner", kLongestInvite);
  fixture.clock.advance(kShortestInvite);
  CHECK_FALSE(accounts.enrol(*brief, kKey, "laptop"));
  fixture.clock.advance(kLongestInvite - kShortestInvite - 1);
  CHECK(accounts.enrol(*lasting, kKey, "laptop"));
}

TEST_CASE("accounts: what became of an invite is known until long after it has expired, and then forgotten") {
  DriveFixture fixture;
  auto& accounts = fixture.drive->accounts();
  const auto used = accounts.create_invite("owner"), unused = accounts.create_invite("owner");
  REQUIRE(accounts.enrol(*used, kKey, "laptop"));
  fixture.clock.advance(kInviteLifetime + kInviteRemembered);
  REQUIRE(accounts.create_invite("owner"));
  CHECK(accounts.enrol(*used, kKey, "laptop"));
  CHECK(accounts.enrol(*unused, kOtherKey, "late").error().message.find("expired") != std::string::npos);
  fixture.clock.advance(1);
  REQUIRE(accounts.create_invite("owner"));
  CHECK(accounts.enrol(*used, kKey, "laptop").error().message.find("does not know") != std::string::npos);
  CHECK(accounts.enrol(*unused, kOtherKey, "late").error().message.find("does not know") != std::string::npos);
  CHECK(accounts.find_device(kKey));
}

TEST_CASE("accounts: a drive with a device is not new, though all its invites are forgotten") {
  DriveFixture fixture;
  auto& accounts = fixture.drive->accounts();
  REQUIRE(accounts.enrol(*accounts.create_invite("owner"), kKey, "laptop"));
  REQUIRE(accounts.create_user("anna", std::nullopt));
  fixture.clock.advance(kInviteLifetime + kInviteRemembered + 1);
  REQUIRE(accounts.create_invite("anna"));
  REQUIRE(accounts.remove_user("anna", false));
  CHECK_FALSE(*accounts.is_new());
}

}  // namespace ndisk::storage
