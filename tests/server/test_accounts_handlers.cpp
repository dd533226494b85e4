// Users and devices over the Unix socket, and the sessions that end with them.
#include "common/net/bulk_frame.hpp"
#include "tests/server/session_fixture.hpp"

namespace ndisk::server {
namespace {

using net::Executor;
using net::Task;
using protocol::FrameType;

Task<> a_user_is_created_with_a_quota(Executor executor) {
  SessionFixture fixture(executor);
  co_await fixture.log_in();
  wire::CreateUser create;
  create.set_name("anna");
  create.set_quota(0);
  auto done = co_await fixture.ask<wire::Done>(FrameType::kCreateUser, create, FrameType::kDone);
  CHECK(fixture.drive.fake_accounts.created == "anna");
  CHECK(fixture.drive.fake_accounts.created_quota == 0);
  create.clear_quota();
  done = co_await fixture.ask<wire::Done>(FrameType::kCreateUser, create, FrameType::kDone);
  CHECK_FALSE(fixture.drive.fake_accounts.created_quota.has_value());
  co_await fixture.finish();
}

Task<> an_invite_lives_as_long_as_was_asked_for(Executor executor) {
  SessionFixture fixture(executor);
  fixture.services.advertised = {{"192.0.2.1", 7420}};
  co_await fixture.log_in();
  wire::CreateInvite create;
  auto invite = co_await fixture.ask<wire::Invite>(FrameType::kCreateInvite, create, FrameType::kInvite);
  CHECK(fixture.drive.fake_accounts.invite_lifetime == 24 * 3600 * kSecondNs);
  create.set_lifetime_seconds(90);
  invite = co_await fixture.ask<wire::Invite>(FrameType::kCreateInvite, create, FrameType::kInvite);
  CHECK(fixture.drive.fake_accounts.invite_lifetime == 90 * kSecondNs);
  co_await fixture.finish();
}

Task<> a_quota_over_the_limit_ends_the_session(Executor executor) {
  SessionFixture fixture(executor);
  co_await fixture.log_in();
  wire::SetQuota set;
  set.set_name("anna");
  set.set_quota(protocol::kMaxFileBytes + 1);
  fixture.send(FrameType::kSetQuota, 1, set);
  const auto error = co_await fixture.expect_end();
  CHECK(error.code == ErrorCode::kProtocol);
  co_await fixture.finish();
}

Task<> users_come_in_order_and_once(Executor executor) {
  SessionFixture fixture(executor);
  co_await fixture.log_in();
  fixture.send(FrameType::kListUsers, 1, wire::ListUsers());
  std::string last;
  for (int seen = 0; seen < 600;) {
    const auto frame = co_await fixture.expect(FrameType::kUsersPage);
    const auto page = protocol::parse_message<wire::UsersPage>(frame.payload).value();
    for (const auto& user : page.users()) {
      CHECK(user.name() > last);
      last = user.name();
      ++seen;
    }
  }
  const auto end = co_await fixture.expect(FrameType::kEnd);
  co_await fixture.finish();
}

Task<> devices_are_told_apart(Executor executor) {
  SessionFixture fixture(executor);
  co_await fixture.log_in();
  fixture.send(FrameType::kListDevices, 1, wire::ListDevices());
  const auto frame = co_await fixture.expect(FrameType::kDevicesPage);
  const auto page = protocol::parse_message<wire::DevicesPage>(frame.payload).value();
  REQUIRE(page.devices_size() == 2);
  CHECK(page.devices(0).local());
  CHECK(page.devices(0).sessions() == 0);  // the one that asks does not count
  CHECK_FALSE(page.devices(0).has_revoked_ns());
  CHECK(page.devices(1).revoked_ns() == 5);
  CHECK(page.devices(1).user() == "anna");
  const auto end = co_await fixture.expect(FrameType::kEnd);
  co_await fixture.finish();
}

Task<> a_device_id_of_another_length_ends_the_session(Executor executor) {
  SessionFixture fixture(executor);
  co_await fixture.log_in();
  wire::RevokeDevice revoke;
  revoke.set_device_id("short");
  fixture.send(FrameType::kRevokeDevice, 1, revoke);
  const auto error = co_await fixture.expect_end();
  CHECK(error.message.find("device_id") != std::string::npos);
  co_await fixture.finish();
}

// The fixture's session is of the device 00…00.
Task<> a_revoked_devices_session_ends_and_its_upload_is_paused(Executor executor) {
  SessionFixture fixture(executor);
  co_await fixture.log_in();
  wire::Offer offer;
  offer.set_request_id(std::string(16, 'r'));
  offer.set_path("big");
  fixture.send(FrameType::kOffer, 1, offer);
  const auto send = co_await fixture.expect(FrameType::kSend);
  fixture.client.post_frames(net::DataFrame(1000).finish(1, 0, 1000));
  wire::RevokeDevice revoke;
  revoke.set_device_id(std::string(16, '\0'));
  fixture.send(FrameType::kRevokeDevice, 2, revoke);
  const auto done = co_await fixture.expect(FrameType::kDone);
  const auto error = co_await fixture.expect_end();
  CHECK(error.code == ErrorCode::kNotAllowed);
  CHECK(error.message.find("revoked") != std::string::npos);
  co_await fixture.finish();
  CHECK(fixture.drive.log.paused_uploads == 1);
  CHECK(fixture.services.sessions.size() == 0);
}

Task<> another_devices_session_goes_on(Executor executor) {
  SessionFixture fixture(executor);
  co_await fixture.log_in();
  wire::RevokeDevice revoke;
  revoke.set_device_id(std::string(16, '\1'));
  const auto done = co_await fixture.ask<wire::Done>(FrameType::kRevokeDevice, revoke, FrameType::kDone);
  co_await net::settle(executor);
  fixture.send(FrameType::kPing, 0, wire::Ping());
  const auto pong = co_await fixture.expect(FrameType::kPong);
  co_await fixture.finish();
}

Task<> a_removed_users_session_ends_and_the_space_is_collected(Executor executor) {
  SessionFixture fixture(executor);
  int calls = 0;
  fixture.services.collect_soon = [&calls] { ++calls; };
  fixture.drive.fake_accounts.removed_id = 1;  // the fixture's own
  co_await fixture.log_in();
  wire::RemoveUser remove;
  remove.set_name("anna");
  fixture.send(FrameType::kRemoveUser, 1, remove);
  const auto done = co_await fixture.expect(FrameType::kDone);
  const auto error = co_await fixture.expect_end();
  CHECK(error.code == ErrorCode::kNotAllowed);
  CHECK(error.message.find("anna") != std::string::npos);
  CHECK(calls == 1);
  co_await fixture.finish();
}

// The peer sends one request after another and reads nothing, so that the reason can't be written.
Task<> a_peer_that_reads_nothing_is_closed_all_the_same(Executor executor) {
  SessionFixture fixture(executor);
  fixture.services.limits.farewell = std::chrono::hours(1);
  fixture.services.limits.goodbye = std::chrono::hours(1);
  fixture.services.limits.eviction = std::chrono::milliseconds(10);
  fixture.drive.held = Bytes(8 << 20);
  co_await fixture.log_in();
  wire::Open open;
  open.set_path("file");
  fixture.send(FrameType::kOpen, 1, open);
  co_await net::settle(executor);
  fixture.services.sessions.end_sessions_of(storage::DeviceId{}, {ErrorCode::kNotAllowed, "revoked", false});
  co_await fixture.tasks.join();
  CHECK(fixture.services.sessions.size() == 0);
  co_await fixture.finish();
}

}  // namespace

TEST_CASE("users: one is created, with a quota or without") { net::run_task(a_user_is_created_with_a_quota); }
TEST_CASE("invites: one lives a day, or as long as was asked for") {
  net::run_task(an_invite_lives_as_long_as_was_asked_for);
}
TEST_CASE("users: a quota over the limit ends the session") { net::run_task(a_quota_over_the_limit_ends_the_session); }
TEST_CASE("users: a listing goes on behind the last name") { net::run_task(users_come_in_order_and_once); }
TEST_CASE("devices: a listing tells who is revoked, local, and here") { net::run_task(devices_are_told_apart); }
TEST_CASE("devices: an id of another length ends the session") {
  net::run_task(a_device_id_of_another_length_ends_the_session);
}
TEST_CASE("revocation: the device's session ends with the reason, its upload is paused") {
  net::run_task(a_revoked_devices_session_ends_and_its_upload_is_paused);
}
TEST_CASE("revocation: another device's session goes on") { net::run_task(another_devices_session_goes_on); }
TEST_CASE("revocation: a removed user's session ends, and the space is collected soon") {
  net::run_task(a_removed_users_session_ends_and_the_space_is_collected);
}
TEST_CASE("revocation: a peer that reads nothing is closed all the same") {
  net::run_task(a_peer_that_reads_nothing_is_closed_all_the_same);
}

}  // namespace ndisk::server
