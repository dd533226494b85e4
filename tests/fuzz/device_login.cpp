#include "tests/fuzz/device_login.hpp"

#include "common/net/device_key.hpp"
#include "common/protocol/versions.hpp"
#include "tests/fuzz/targets.hpp"

namespace ndisk::fuzz {
namespace {

using protocol::FrameType;

constexpr net::DeviceSeed kSeed{7};

net::Task<ByteView> next_frame(net::FrameConnection& client, FrameType type, std::vector<protocol::Frame>& heard) {
  auto frame = co_await client.read_frame();
  require(frame && frame->header.type == type, "a device that is enrolled is let in");
  heard.push_back(std::move(*frame));
  co_return heard.back().payload;
}

}  // namespace

storage::PublicKey device_key() { return net::public_key_of(kSeed).value(); }

wire::Hello hello_message() {
  wire::Hello hello;
  hello.set_version_min(1);
  hello.set_version_max(1);
  hello.set_nonce(std::string(protocol::kNonceBytes, 'n'));
  return hello;
}

net::Task<> log_in_as_device(net::FrameConnection& client, std::vector<protocol::Frame>& heard) {
  const auto hello = hello_message();
  client.post(FrameType::kHello, protocol::kSessionStream, hello);
  const auto answered = co_await next_frame(client, FrameType::kServerHello, heard);
  const auto server = protocol::parse_message<wire::ServerHello>(answered);
  require(server.has_value(), "a session greets with a message");
  const auto ours = as_bytes(hello.nonce()), theirs = as_bytes(server->nonce());
  const protocol::ChannelBinding binding{
      .tls_exporter = {}, .client_nonce = {ours.begin(), ours.end()}, .server_nonce = {theirs.begin(), theirs.end()}};
  const auto key = device_key();
  wire::Login login;
  login.set_public_key(std::string(as_text(key)));
  login.set_signature(std::string(as_text(net::sign(kSeed, protocol::login_text(binding, key, {})).value())));
  client.post(FrameType::kLogin, protocol::kSessionStream, login);
  co_await next_frame(client, FrameType::kWelcome, heard);
}

}  // namespace ndisk::fuzz
