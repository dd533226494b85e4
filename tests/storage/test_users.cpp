#include <algorithm>
#include <cerrno>

#include "tests/storage/drive_fixture.hpp"

namespace ndisk::storage {
namespace {

const PublicKey kKey{1, 2, 3};

std::vector<std::string> user_names(Accounts& accounts) {
  std::vector<std::string> names;
  const auto users = accounts.users("", 100);
  REQUIRE(users);
  for (const auto& user : *users) names.push_back(user.name);
  return names;
}

UserSummary summary(Accounts& accounts, const std::string& name) {
  const auto users = accounts.users("", 100);
  REQUIRE(users);
  const auto found = std::ranges::find(*users, name, &UserSummary::name);
  REQUIRE(found != users->end());
  return *found;
}

}  // namespace

TEST_CASE("users: a new one has an empty drive of its own, and is listed by name") {
  DriveFixture fixture;
  auto& accounts = fixture.drive->accounts();
  REQUIRE(fixture.put("mine", "content"));
  REQUIRE(accounts.create_user("ann", 1'000));
  REQUIRE(accounts.create_user("zoe", std::nullopt));
  CHECK(user_names(accounts) == std::vector<std::string>{"ann", "owner", "zoe"});
  CHECK(summary(accounts, "ann").quota == 1'000);
  CHECK_FALSE(summary(accounts, "zoe").quota);
  CHECK(summary(accounts, "ann").files == 0);
  fixture.become("ann");
  CHECK(fixture.names().empty());
}

TEST_CASE("users: the list goes on after a name, and a page is as long as asked for") {
  DriveFixture fixture;
  auto& accounts = fixture.drive->accounts();
  for (const auto* name : {"d", "b", "c", "a"}) REQUIRE(accounts.create_user(name, std::nullopt));
  const auto page = accounts.users("a", 2);
  REQUIRE(page);
  REQUIRE(page->size() == 2);
  CHECK((*page)[0].name == "b");
  CHECK((*page)[1].name == "c");
}

TEST_CASE("users: names that can't be folders of the tree are refused") {
  DriveFixture fixture;
  auto& accounts = fixture.drive->accounts();
  for (const auto* name : {"", "Ann", ".ann", "-ann", "a/b", "a b", "removed:1", "\xc3\xa4"}) {
    INFO(name);
    CHECK(accounts.create_user(name, std::nullopt).error().code == ErrorCode::kInvalid);
  }
  CHECK(accounts.create_user(std::string(65, 'a'), std::nullopt).error().code == ErrorCode::kInvalid);
  CHECK(accounts.create_user(std::string(64, 'a'), std::nullopt));
  CHECK(accounts.create_user("0.a_b-c", std::nullopt));
}

TEST_CASE("users: a name that is taken is refused") {
  DriveFixture fixture;
  auto& accounts = fixture.drive->accounts();
  REQUIRE(accounts.create_user("ann", std::nullopt));
  CHECK(accounts.create_user("ann", std::nullopt).error().code == ErrorCode::kConflict);
  CHECK(accounts.create_user("owner", std::nullopt).error().code == ErrorCode::kConflict);
}

TEST_CASE("users: a quota larger than any number of bytes that is kept is refused") {
  DriveFixture fixture;
  auto& accounts = fixture.drive->accounts();
  CHECK(accounts.create_user("ann", std::uint64_t{1} << 63).error().code == ErrorCode::kInvalid);
  CHECK(accounts.set_quota("owner", std::uint64_t{1} << 63).error().code == ErrorCode::kInvalid);
  CHECK(accounts.set_quota("owner", static_cast<std::uint64_t>(INT64_MAX)));
}

TEST_CASE("users: the quota of nobody can't be set") {
  DriveFixture fixture;
  CHECK(fixture.drive->accounts().set_quota("nobody", 1).error().code == ErrorCode::kNotFound);
}

TEST_CASE("users: the summary counts files, their bytes, and what is stored with history") {
  DriveFixture fixture;
  REQUIRE(fixture.put("a", "one"));
  REQUIRE(fixture.put("a", "three"));
  const auto owner = summary(fixture.drive->accounts(), "owner");
  CHECK(owner.files == 1);
  CHECK(owner.bytes == 5);
  CHECK(owner.stored == 8);
  CHECK(owner.devices == 0);
}

TEST_CASE("users: one user's content is nothing to another: it is not held, not listed, not opened") {
  DriveFixture fixture;
  const auto content = pattern(1'000);
  const auto put = fixture.put(fixture.small("secret", content));
  REQUIRE(put);
  REQUIRE(fixture.drive->accounts().create_user("ann", std::nullopt));
  fixture.become("ann");
  auto offer = fixture.large("guess", content.size());
  const auto by_size = fixture.offer(offer);
  REQUIRE(by_size);
  CHECK_FALSE(by_size->same_size_held);
  offer.request_id = random_bytes<16>();
  offer.sha256 = sha256(content);
  const auto by_digest = fixture.offer(offer);
  REQUIRE(by_digest);
  CHECK(by_digest->writer);
  CHECK(fixture.names().empty());
  CHECK(fixture.content(OpenTarget{at("secret"), put->version}) == "error not_found");
}

TEST_CASE("devices: those of one user, or of all, in order of their ids") {
  DriveFixture fixture;
  auto& accounts = fixture.drive->accounts();
  REQUIRE(accounts.create_user("ann", std::nullopt));
  const auto laptop = fixture.enrol("ann", kKey);
  const auto phone = fixture.enrol("ann", PublicKey{9});
  const auto of_ann = accounts.devices("ann", std::nullopt, 10);
  REQUIRE(of_ann);
  REQUIRE(of_ann->size() == 2);
  CHECK((*of_ann)[0].id == std::min(laptop.device, phone.device));
  CHECK((*of_ann)[0].user == "ann");
  CHECK_FALSE((*of_ann)[0].local);
  const auto rest = accounts.devices("ann", (*of_ann)[0].id, 10);
  REQUIRE(rest);
  REQUIRE(rest->size() == 1);
  CHECK((*rest)[0].id == std::max(laptop.device, phone.device));
  const auto all = accounts.devices("", std::nullopt, 10);
  REQUIRE(all);
  CHECK(all->size() == 3);
  CHECK(std::ranges::count(*all, true, &DeviceSummary::local) == 1);
  CHECK(accounts.devices("nobody", std::nullopt, 10).error().code == ErrorCode::kNotFound);
}

TEST_CASE("devices: a revoked one can't log in, stays listed, and may be revoked again") {
  DriveFixture fixture;
  auto& accounts = fixture.drive->accounts();
  const auto laptop = fixture.enrol("owner", kKey);
  CHECK(summary(accounts, "owner").devices == 1);
  REQUIRE(accounts.revoke_device(laptop.device));
  const auto revoked = fixture.clock.now();
  CHECK(accounts.find_device(kKey).error().code == ErrorCode::kNotAllowed);
  fixture.clock.advance(kSecondNs);
  REQUIRE(accounts.revoke_device(laptop.device));
  const auto devices = accounts.devices("owner", std::nullopt, 10);
  REQUIRE(devices);
  CHECK(std::ranges::any_of(*devices, [&](const auto& device) { return device.revoked == revoked; }));
  CHECK(summary(accounts, "owner").devices == 0);
}

TEST_CASE("devices: nobody's and the server's own can't be revoked") {
  DriveFixture fixture;
  auto& accounts = fixture.drive->accounts();
  CHECK(accounts.revoke_device(DeviceId{7}).error().code == ErrorCode::kNotFound);
  CHECK(accounts.revoke_device(fixture.actor.device).error().code == ErrorCode::kInvalid);
}

TEST_CASE("devices: the uploads of a revoked one are dropped, those of others go on") {
  DriveFixture fixture;
  const auto owner = fixture.actor;
  auto kept = fixture.writer(fixture.large("kept", 100'000));
  REQUIRE(kept->append(0, pattern(10'000)));
  fixture.actor = fixture.enrol("owner", kKey);
  auto held = fixture.writer(fixture.large("held", 100'000));
  REQUIRE(held->append(0, pattern(10'000)));
  {
    auto idle = fixture.writer(fixture.large("idle", 100'000));
    REQUIRE(idle->append(0, pattern(10'000)));
  }
  REQUIRE(fixture.drive->accounts().revoke_device(fixture.actor.device));
  CHECK(held->append(10'000, pattern(1)).error().code == ErrorCode::kConflict);
  CHECK(kept->append(10'000, pattern(1)));
  fixture.actor = owner;
  CHECK(fixture.drive->uploads(owner)->size() == 1);
  CHECK(summary(fixture.drive->accounts(), "owner").staged == 100'000);
}

TEST_CASE("devices: an upload that can't be removed keeps no other of a revoked one, nor of a removed user") {
  constexpr int kUploads = 400;  // more than are looked at together, also of those that stay
  DriveFixture fixture;
  REQUIRE(fixture.drive->accounts().create_user("ann", std::nullopt));
  fixture.actor = fixture.enrol("ann", kKey);
  for (int i = 0; i < kUploads; ++i) {
    REQUIRE(fixture.writer(fixture.large(std::to_string(i), 1000))->append(0, pattern(10)));
  }
  // Names are random: most have this digit.
  fixture.files.fail_removing("0", EIO);
  const auto is_stuck = [](const auto& entry) { return entry.path().filename().string().contains('0'); };
  const std::filesystem::directory_iterator staged(fixture.data("staging"));
  const auto stuck = static_cast<std::size_t>(std::ranges::count_if(staged, is_stuck));
  REQUIRE(stuck < kUploads);
  SECTION("device") { REQUIRE(fixture.drive->accounts().revoke_device(fixture.actor.device)); }
  SECTION("user") { REQUIRE(fixture.drive->accounts().remove_user("ann", true)); }
  CHECK(fixture.drive->status()->uploads == stuck);
  CHECK(fixture.staged_files() == stuck);
}

// As long as its sessions have not ended.
TEST_CASE("devices: a revoked one begins no upload, and one that was not dropped at once is when it goes on") {
  DriveFixture fixture;
  const auto owner = fixture.actor;
  fixture.actor = fixture.enrol("owner", kKey);
  const auto idle = fixture.large("idle", 100'000);
  REQUIRE(fixture.writer(idle)->append(0, pattern(10'000)));
  fixture.files.fail_call(Call::kRemoveFile, EIO);
  REQUIRE(fixture.drive->accounts().revoke_device(fixture.actor.device));
  REQUIRE(fixture.drive->uploads(owner)->size() == 1);
  for (const auto& offer : {fixture.large("new", 100'000), fixture.large("of unknown size", {}), idle}) {
    INFO(offer.path.bytes());
    const auto refused = fixture.offer(offer);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == ErrorCode::kNotAllowed);
  }
  CHECK(fixture.drive->uploads(owner)->empty());
  CHECK(fixture.staged_files() == 0);
  CHECK(summary(fixture.drive->accounts(), "owner").staged == 0);
}

}  // namespace ndisk::storage
