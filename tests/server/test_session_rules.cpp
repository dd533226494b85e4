// What ends a session: each broken rule is answered with its name.
#include <asio/steady_timer.hpp>

#include "common/net/bulk_frame.hpp"
#include "tests/server/session_fixture.hpp"

namespace ndisk::server {
namespace {

using net::Executor;
using net::Task;
using protocol::FrameType;

bool names(const Error& error, std::string_view words) { return error.message.find(words) != std::string::npos; }

Task<> must_start_with_hello(Executor executor) {
  SessionFixture fixture(executor);
  fixture.send(FrameType::kList, 1, wire::List());
  const auto error = co_await fixture.expect_end();
  CHECK(error.code == ErrorCode::kProtocol);
  CHECK(names(error, "Hello"));
  co_await fixture.finish();
}

Task<> no_stream_before_login(Executor executor) {
  SessionFixture fixture(executor);
  fixture.hello();
  fixture.send(FrameType::kList, 1, wire::List());
  const auto greeting = co_await fixture.expect(FrameType::kServerHello);
  const auto error = co_await fixture.expect_end();
  CHECK(names(error, "log in"));
  co_await fixture.finish();
}

Task<> no_common_version(Executor executor) {
  SessionFixture fixture(executor);
  wire::Hello hello;
  hello.set_version_min(2);
  hello.set_version_max(9);
  hello.set_nonce(std::string(32, 'n'));
  fixture.send(FrameType::kHello, 0, hello);
  const auto error = co_await fixture.expect_end();
  CHECK(error.code == ErrorCode::kUnsupportedVersion);
  co_await fixture.finish();
}

Task<> local_login_needs_the_owner(Executor executor) {
  SessionFixture fixture(executor, {.shown = "test", .is_local = true, .is_owner = false});
  fixture.hello();
  fixture.send(FrameType::kLocalLogin, 0, wire::LocalLogin());
  const auto greeting = co_await fixture.expect(FrameType::kServerHello);
  const auto error = co_await fixture.expect_end();
  CHECK(error.code == ErrorCode::kNotAllowed);
  co_await fixture.finish();
}

Task<> nobody_enrols_in_plaintext(Executor executor) {
  SessionFixture fixture(executor, {.shown = "test", .is_loopback = true});
  fixture.hello();
  wire::Enrol enrol;
  enrol.set_token(std::string(16, 't'));
  fixture.send(FrameType::kEnrol, 0, enrol);
  const auto greeting = co_await fixture.expect(FrameType::kServerHello);
  const auto error = co_await fixture.expect_end();
  CHECK(error.code == ErrorCode::kNotAllowed);
  CHECK(names(error, "TLS"));
  co_await fixture.finish();
}

Task<> a_wrong_signature_is_refused(Executor executor) {
  SessionFixture fixture(executor, {.shown = "test", .is_loopback = true});
  fixture.hello();
  wire::Login login;
  login.set_public_key(std::string(32, 'k'));
  login.set_signature(std::string(64, 's'));
  fixture.send(FrameType::kLogin, 0, login);
  const auto greeting = co_await fixture.expect(FrameType::kServerHello);
  const auto error = co_await fixture.expect_end();
  CHECK(error.code == ErrorCode::kNotAllowed);
  co_await fixture.finish();
}

Task<> stream_ids_only_count_up(Executor executor) {
  SessionFixture fixture(executor);
  co_await fixture.log_in();
  fixture.send(FrameType::kListUploads, 5, wire::ListUploads());
  for (int pages = 0; pages < 2; ++pages) const auto page = co_await fixture.expect(FrameType::kUploadsPage);
  const auto end = co_await fixture.expect(FrameType::kEnd);
  fixture.send(FrameType::kList, 4, wire::List());
  const auto error = co_await fixture.expect_end();
  CHECK(error.code == ErrorCode::kProtocol);
  CHECK(names(error, "count up"));
  co_await fixture.finish();
}

Task<> no_stream_starts_with_an_answer(Executor executor) {
  SessionFixture fixture(executor);
  co_await fixture.log_in();
  fixture.send(FrameType::kCommitted, 1, wire::Committed());
  const auto error = co_await fixture.expect_end();
  CHECK(names(error, "Committed"));
  co_await fixture.finish();
}

Task<> too_many_streams(Executor executor) {
  SessionFixture fixture(executor);
  co_await fixture.log_in();
  wire::Offer offer;
  offer.set_request_id(std::string(16, 'r'));
  offer.set_path("p");
  for (protocol::StreamId id = 1; id <= protocol::kMaxStreams; ++id) fixture.send(FrameType::kOffer, id, offer);
  for (protocol::StreamId id = 1; id <= protocol::kMaxStreams; ++id) {
    const auto send = co_await fixture.expect(FrameType::kSend);
  }
  fixture.send(FrameType::kOffer, protocol::kMaxStreams + 1, offer);
  const auto error = co_await fixture.expect_end();
  CHECK(error.code == ErrorCode::kProtocol);
  CHECK(names(error, "streams"));
  co_await fixture.finish();
}

Task<> no_login_in_time(Executor executor) {
  SessionFixture fixture(executor, {.shown = "test"}, std::chrono::milliseconds(20));
  const auto frame = co_await fixture.client.read_frame();
  CHECK_FALSE(frame.has_value());
  co_await fixture.finish();
}

constexpr auto kLoginLimit = std::chrono::milliseconds(100);
constexpr auto kDrip = std::chrono::milliseconds(10);

// Byte by byte, until they are all sent or the other end has gone; how many were left.
Task<std::size_t> drip(Executor executor, net::FrameConnection& client, ByteView words) {
  asio::steady_timer timer(executor);
  while (!words.empty() && !client.has_failed()) {
    client.post_frames(Bytes(words.begin(), words.begin() + 1));
    words = words.subspan(1);
    timer.expires_after(kDrip);
    co_await timer.async_wait(asio::use_awaitable);
  }
  co_return words.size();
}

// No read of its own takes too long: each may take half a minute.
Task<> no_login_in_time_though_it_never_fell_silent(Executor executor) {
  const auto begin = std::chrono::steady_clock::now();
  SessionFixture fixture(executor, {.shown = "test"}, kLoginLimit, {}, std::chrono::seconds(30));
  wire::Hello hello;
  hello.set_version_min(1);
  hello.set_version_max(1);
  hello.set_nonce(std::string(protocol::kNonceBytes, 'n'));
  hello.set_software(std::string(1000, 's'));
  const auto words = net::encode_frame(FrameType::kHello, protocol::kSessionStream, hello);
  const auto left = co_await drip(executor, fixture.client, words);
  CHECK(left > 0);
  CHECK(std::chrono::steady_clock::now() - begin >= kLoginLimit);
  const auto frame = co_await fixture.client.read_frame();
  CHECK_FALSE(frame.has_value());
  co_await fixture.finish();
}

Task<> a_malformed_request_ends_the_session(Executor executor) {
  SessionFixture fixture(executor);
  co_await fixture.log_in();
  wire::Remove remove;
  remove.set_request_id("too short");
  fixture.send(FrameType::kRemove, 1, remove);
  const auto error = co_await fixture.expect_end();
  CHECK(error.code == ErrorCode::kProtocol);
  CHECK(names(error, "request_id"));
  co_await fixture.finish();
}

Task<> late_data_of_an_ended_stream_is_dropped(Executor executor) {
  SessionFixture fixture(executor);
  co_await fixture.log_in();
  wire::Open open;
  open.set_path("missing");
  fixture.send(FrameType::kOpen, 1, open);
  const auto refused = co_await fixture.expect_error(1);
  CHECK(refused.code == ErrorCode::kNotFound);
  fixture.client.post_frames(net::DataFrame(10).finish(1, 0, 10));
  fixture.send(FrameType::kCancel, 1, wire::Cancel());
  fixture.send(FrameType::kPing, 0, wire::Ping());
  const auto pong = co_await fixture.expect(FrameType::kPong);
  co_await fixture.finish();
}

// Told to go away so many turns of the event loop after a request that ends the session.
Task<> goes_away_while_it_ends(Executor executor, int turns) {
  SessionFixture fixture(executor);
  co_await fixture.log_in();
  fixture.hello();
  for (int turn = 0; turn < turns; ++turn) co_await asio::post(executor, asio::use_awaitable);
  fixture.session.go_away();
  bool is_told = false;
  for (;;) {
    const auto frame = co_await fixture.client.read_frame();
    if (!frame) break;
    CAPTURE(turns, protocol::frame_type_name(frame->header.type));
    CHECK_FALSE(is_told);
    is_told = frame->header.type == FrameType::kError;
  }
  CHECK(is_told);
  co_await fixture.finish();
}

}  // namespace

TEST_CASE("session rules: the first frame must be Hello") { net::run_task(must_start_with_hello); }
TEST_CASE("session rules: no stream opens before the login") { net::run_task(no_stream_before_login); }
TEST_CASE("session rules: without a version in common the session ends and names both ranges") {
  net::run_task(no_common_version);
}
TEST_CASE("session rules: LocalLogin is for the server's own user") { net::run_task(local_login_needs_the_owner); }
TEST_CASE("session rules: nobody enrols without TLS") { net::run_task(nobody_enrols_in_plaintext); }
TEST_CASE("session rules: a login with a wrong signature is refused") { net::run_task(a_wrong_signature_is_refused); }
TEST_CASE("session rules: stream ids only count up") { net::run_task(stream_ids_only_count_up); }
TEST_CASE("session rules: a stream can't start with an answer") { net::run_task(no_stream_starts_with_an_answer); }
TEST_CASE("session rules: a stream above the limit ends the session") { net::run_task(too_many_streams); }
TEST_CASE("session rules: a request whose fields can't be ends the session and names the field") {
  net::run_task(a_malformed_request_ends_the_session);
}
TEST_CASE("session rules: a peer that never logs in is closed") { net::run_task(no_login_in_time); }
TEST_CASE("session rules: a peer that says its Hello byte by byte is closed when its time to log in is over") {
  net::run_task(no_login_in_time_though_it_never_fell_silent);
}
TEST_CASE("session rules: Data and Cancel that crossed the end of their stream are dropped") {
  net::run_task(late_data_of_an_ended_stream_is_dropped);
}
TEST_CASE("session rules: nothing follows the error that ends a session, also while the server stops") {
  for (int turns = 0; turns < 30; ++turns) {
    net::run_task([turns](Executor executor) { return goes_away_while_it_ends(executor, turns); });
  }
}

}  // namespace ndisk::server
