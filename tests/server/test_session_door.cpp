// What the door is told of a session: who fails to log in has failed there, and who has ended makes room.
#include "common/net/device_key.hpp"
#include "common/protocol/versions.hpp"
#include "tests/server/session_fixture.hpp"

namespace ndisk::server {
namespace {

using net::Executor;
using net::Task;
using protocol::FrameType;

const Peer kStranger{.shown = "test", .is_loopback = true};
const Peer kOwner{.shown = "test", .is_local = true, .is_owner = true};

// Of one address, which waits from its first failure on.
struct Entrance {
  Door door{DoorLimits{.free_failures = 0}};

  Door::Pass arrive() { return door.arrive(PeerNetwork{}, {}).value(); }
  Door::Pass speak() {
    auto pass = arrive();
    pass.speak();
    return pass;
  }
  bool keeps_waiting() { return arrive().pause() > net::Duration::zero(); }
};

// A session that waits for its peer to go for as long as that takes.
struct Patient : SessionFixture {
  Patient(Executor own, Peer peer, Door::Pass pass)
      : SessionFixture(own, std::move(peer), std::chrono::seconds(30), std::move(pass)) {
    services.limits.farewell = services.limits.goodbye = std::chrono::hours(1);
  }
};

Task<> fail_by_a_wrong_signature(SessionFixture& fixture) {
  fixture.hello();
  wire::Login login;
  login.set_public_key(std::string(protocol::kPublicKeyBytes, 'k'));
  login.set_signature(std::string(protocol::kSignatureBytes, 's'));
  fixture.send(FrameType::kLogin, 0, login);
  const auto greeting = co_await fixture.expect(FrameType::kServerHello);
  const auto error = co_await fixture.expect_end();
  CHECK(error.message.find("signature") != std::string::npos);
}

Task<> log_in_with_an_unknown_key(Executor executor, Door::Pass pass) {
  SessionFixture fixture(executor, kStranger, std::chrono::seconds(30), std::move(pass));
  fixture.hello();
  const auto greeting = co_await fixture.expect(FrameType::kServerHello);
  const auto server = protocol::parse_message<wire::ServerHello>(greeting.payload).value();
  const auto seed = net::make_device_seed();
  const auto key = net::public_key_of(seed).value();
  const auto nonce = as_bytes(server.nonce());
  const protocol::ChannelBinding binding{.tls_exporter = {},
                                         .client_nonce = Bytes(protocol::kNonceBytes, 'n'),
                                         .server_nonce = Bytes(nonce.begin(), nonce.end())};
  wire::Login login;
  login.set_public_key(std::string(as_text(key)));
  login.set_signature(std::string(as_text(net::sign(seed, protocol::login_text(binding, key, {})).value())));
  fixture.send(FrameType::kLogin, 0, login);
  const auto error = co_await fixture.expect_end();
  CHECK(error.message == "no such device");
  co_await fixture.finish();
}

Task<> log_in(Executor executor, Door::Pass pass) {
  SessionFixture fixture(executor, kOwner, std::chrono::seconds(30), std::move(pass));
  co_await fixture.log_in();
  co_await fixture.finish();
}

Task<> a_wrong_signature_is_a_failure(Executor executor) {
  Entrance entrance;
  {
    Patient fixture(executor, kStranger, entrance.speak());
    co_await fail_by_a_wrong_signature(fixture);
    CHECK(entrance.keeps_waiting());
    co_await fixture.finish();
  }
  CHECK(entrance.keeps_waiting());
}

Task<> an_ended_session_makes_room(Executor executor) {
  Door door{DoorLimits{.connections_of_network = 1}};
  Session* session = nullptr;
  auto pass = door.arrive(PeerNetwork{}, [&session](Door::Ticket) { session->turn_out(); }).value();
  Patient fixture(executor, kOwner, std::move(pass));
  session = &fixture.session;
  co_await fixture.log_in();
  CHECK_FALSE(door.arrive(PeerNetwork{}, {}).has_value());
  fixture.hello();
  const auto reason = co_await fixture.expect_end();
  CHECK(door.arrive(PeerNetwork{}, {}).has_value());
  co_await net::settle(executor);
  fixture.send(FrameType::kPing, 0, wire::Ping());
  co_await net::settle(executor);
  CHECK(fixture.client.has_failed());
  co_await fixture.finish();
}

Task<> an_unknown_key_is_a_failure(Executor executor) {
  Entrance entrance;
  co_await log_in_with_an_unknown_key(executor, entrance.speak());
  CHECK(entrance.keeps_waiting());
}

Task<> a_login_is_none(Executor executor) {
  Entrance entrance;
  co_await log_in(executor, entrance.speak());
  CHECK_FALSE(entrance.keeps_waiting());
}

}  // namespace

TEST_CASE(
    "session at the door: a login with a wrong signature is a failure of its address, before its connection ends") {
  net::run_task(a_wrong_signature_is_a_failure);
}
TEST_CASE("session at the door: a login with an unknown key, signed well, is a failure of its address") {
  net::run_task(an_unknown_key_is_a_failure);
}
TEST_CASE("session at the door: one that has ended, and whose peer does not go, makes room for another connection") {
  net::run_task(an_ended_session_makes_room);
}
TEST_CASE("session at the door: who logged in has not failed") { net::run_task(a_login_is_none); }

}  // namespace ndisk::server
