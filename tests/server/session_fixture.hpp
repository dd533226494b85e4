// A session over a socket pair, with the test as its client: frames in, frames out.
#pragma once

#include <functional>
#include <optional>

#include "common/clock.hpp"
#include "common/protocol/messages.hpp"
#include "server/session.hpp"
#include "tests/common/net/run_task.hpp"
#include "tests/common/net/socket_pair.hpp"
#include "tests/server/fake_drive.hpp"

namespace ndisk::server {

// Bytes that differ from block to block.
inline Bytes some_content(std::size_t size) {
  Bytes content(size);
  for (std::size_t i = 0; i < size; ++i) content[i] = static_cast<std::uint8_t>(i * 7 + i / 251);
  return content;
}

struct SessionFixture {
  explicit SessionFixture(net::Executor own, Peer peer = {.shown = "test", .is_local = true, .is_owner = true},
                          net::Duration login_limit = std::chrono::seconds(30), Door::Pass pass = {},
                          std::optional<net::Duration> read_limit = std::nullopt)
      : SessionFixture(own, net::descriptor_pair(), std::move(peer), login_limit, std::move(pass), read_limit) {}

  // `read_limit`: of a single read before the login; `login_limit` without one.
  SessionFixture(net::Executor own, std::array<int, 2> descriptors, Peer peer, net::Duration login_limit,
                 Door::Pass pass, std::optional<net::Duration> read_limit = std::nullopt)
      : executor(own),
        services{.drive = drive,
                 .pool = pool,
                 .content_pool = content_pool,
                 .upload_pool = upload_pool,
                 .clock = clock,
                 .tls = tls,
                 .signer = signer,
                 .limits = {.login = read_limit.value_or(login_limit)},
                 .open_files = OpenFiles({.all = 4 * protocol::kMaxStreams})},
        bodies(own, 2 << 20),
        client(net::Socket(own, descriptors[0]), net::make_plain_transport(descriptors[0])),
        session(services, bodies, std::chrono::steady_clock::now() + login_limit, net::Socket(own, descriptors[1]),
                net::make_plain_transport(descriptors[1]), std::move(peer), std::move(pass)),
        tasks(own) {
    client.start();
    tasks.spawn(session.run());
  }

  void send(protocol::FrameType type, protocol::StreamId stream, const google::protobuf::MessageLite& message) {
    client.post(type, stream, message);
  }

  void hello() {
    wire::Hello message;
    message.set_version_min(1);
    message.set_version_max(1);
    message.set_nonce(std::string(protocol::kNonceBytes, 'n'));
    send(protocol::FrameType::kHello, 0, message);
  }

  net::Task<> log_in() {
    hello();
    send(protocol::FrameType::kLocalLogin, 0, wire::LocalLogin());
    const auto greeting = co_await expect(protocol::FrameType::kServerHello);
    const auto welcome = co_await expect(protocol::FrameType::kWelcome);
  }

  // Logs in and begins an upload, of unknown size, on stream 1.
  net::Task<> begin_upload() {
    co_await log_in();
    wire::Offer offer;
    offer.set_request_id(std::string(16, 'r'));
    offer.set_path("big");
    send(protocol::FrameType::kOffer, 1, offer);
    const auto answer = co_await expect(protocol::FrameType::kSend);
  }

  net::Task<protocol::Frame> expect(protocol::FrameType type) {
    auto frame = co_await client.read_frame();
    REQUIRE(frame.has_value());
    CHECK(protocol::frame_type_name(frame->header.type) == protocol::frame_type_name(type));
    co_return std::move(*frame);
  }

  net::Task<Error> expect_error(protocol::StreamId stream) {
    const auto frame = co_await expect(protocol::FrameType::kError);
    CHECK(frame.header.stream == stream);
    co_return protocol::from_wire(protocol::parse_message<wire::ErrorMessage>(frame.payload).value());
  }

  // The session says why on stream 0 and closes.
  net::Task<Error> expect_end() {
    auto error = co_await expect_error(protocol::kSessionStream);
    const auto after = co_await client.read_frame();
    CHECK_FALSE(after.has_value());
    co_return error;
  }

  // The answer to a request, which is one frame.
  template <class Answer>
  net::Task<Answer> ask(protocol::FrameType type, const google::protobuf::MessageLite& question,
                        protocol::FrameType answer_type) {
    send(type, ++last_stream, question);
    const auto frame = co_await expect(answer_type);
    CHECK(frame.header.stream == last_stream);
    co_return protocol::parse_message<Answer>(frame.payload).value();
  }
  net::Task<Error> ask_for_error(protocol::FrameType type, const google::protobuf::MessageLite& question) {
    send(type, ++last_stream, question);
    co_return co_await expect_error(last_stream);
  }

  net::Task<> finish() {
    co_await client.finish();
    co_await tasks.join();
  }

  protocol::StreamId last_stream = 0;  // of ask()
  net::Executor executor;
  FakeDrive drive;
  net::BlockingPool pool{1};
  net::BlockingPool content_pool{1};
  net::BlockingPool upload_pool{1};
  SystemClock clock;
  net::ServerIdentity identity = net::make_server_identity().value();
  net::TlsServerContext tls = net::TlsServerContext::create(identity).value();
  net::ServerSigner signer = net::ServerSigner::create(identity).value();
  Services services;
  BodyMemory bodies;
  net::FrameConnection client;
  Session session;
  net::TaskGroup tasks;
};

}  // namespace ndisk::server
