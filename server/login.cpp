#include "server/login.hpp"

#include "common/net/device_key.hpp"
#include "common/protocol/messages.hpp"
#include "common/protocol/versions.hpp"
#include "common/random.hpp"

namespace ndisk::server {
namespace {

using net::Task;
using protocol::FrameType;
using protocol::kSessionStream;
using storage::Identity;

struct Greeting {
  wire::Hello client;
  std::array<std::uint8_t, protocol::kNonceBytes> server_nonce = random_bytes<protocol::kNonceBytes>();
};

Result<void> check_hello(const protocol::Frame& frame, wire::Hello& hello) {
  if (frame.header.type != FrameType::kHello || frame.header.stream != kSessionStream) {
    return fail(ErrorCode::kProtocol, "the first frame of a session must be Hello on stream 0");
  }
  auto parsed = protocol::parse_message<wire::Hello>(frame.payload);
  if (!parsed) return std::unexpected(parsed.error());
  if (parsed->nonce().size() != protocol::kNonceBytes) {
    return fail(ErrorCode::kProtocol, "Hello.nonce must have 32 bytes");
  }
  hello = std::move(*parsed);
  return {};
}

Task<Result<Greeting>> greet(Services& services, net::FrameConnection& connection) {
  auto frame = co_await connection.read_frame();
  if (!frame) co_return std::unexpected(frame.error());
  Greeting greeting;
  if (auto checked = check_hello(*frame, greeting.client); !checked) co_return std::unexpected(checked.error());
  const auto version = protocol::choose_version(greeting.client.version_min(), greeting.client.version_max());
  if (!version) co_return std::unexpected(version.error());
  wire::ServerHello hello;
  hello.set_version(*version);
  hello.set_software(std::string("ndiskd ") + NDISK_VERSION);
  hello.set_nonce(std::string(as_text(greeting.server_nonce)));
  hello.set_time_ns(services.clock.now());
  hello.set_max_streams(protocol::kMaxStreams);
  connection.post(FrameType::kServerHello, kSessionStream, hello);
  co_return greeting;
}

// True if the signature binds this key (and token) to this very connection.
Result<void> check_signature(net::FrameConnection& connection, const Greeting& greeting, std::string_view public_key,
                             std::string_view signature, std::string_view token) {
  if (public_key.size() != protocol::kPublicKeyBytes || signature.size() != protocol::kSignatureBytes) {
    return fail(ErrorCode::kProtocol, "a login needs a public key of 32 bytes and a signature of 64");
  }
  auto exporter = connection.login_exporter();
  if (!exporter) return std::unexpected(exporter.error());
  protocol::ChannelBinding binding{.tls_exporter = std::move(*exporter), .client_nonce = {}, .server_nonce = {}};
  if (!connection.is_tls()) {
    const auto client_nonce = as_bytes(greeting.client.nonce());
    binding.client_nonce.assign(client_nonce.begin(), client_nonce.end());
    binding.server_nonce.assign(greeting.server_nonce.begin(), greeting.server_nonce.end());
  }
  const auto text = protocol::login_text(binding, as_bytes(public_key), as_bytes(token));
  if (net::signature_is_valid(as_bytes(public_key), as_bytes(signature), text)) return {};
  return fail(ErrorCode::kNotAllowed, "the login's signature is not valid for this connection");
}

template <std::size_t N>
std::array<std::uint8_t, N> to_array(std::string_view bytes) {
  std::array<std::uint8_t, N> out{};
  std::ranges::copy(as_bytes(bytes).first(N), out.begin());
  return out;
}

Task<Result<Identity>> log_in_device(Services& services, net::FrameConnection& connection, const Greeting& greeting,
                                     const protocol::Frame& frame) {
  const auto login = protocol::parse_message<wire::Login>(frame.payload);
  if (!login) co_return std::unexpected(login.error());
  const auto signed_well = check_signature(connection, greeting, login->public_key(), login->signature(), "");
  if (!signed_well) co_return std::unexpected(signed_well.error());
  const auto key = to_array<32>(login->public_key());
  auto find = [&services, key] { return services.drive.accounts().find_device(key); };
  co_return co_await net::run_blocking(services.pool, find);
}

Task<Result<Identity>> enrol_device(Services& services, net::FrameConnection& connection, const Greeting& greeting,
                                    const protocol::Frame& frame) {
  if (!connection.is_tls()) co_return fail(ErrorCode::kNotAllowed, "nobody enrols without TLS");
  const auto enrol = protocol::parse_message<wire::Enrol>(frame.payload);
  if (!enrol) co_return std::unexpected(enrol.error());
  if (enrol->token().size() != protocol::kTokenBytes) {
    co_return fail(ErrorCode::kProtocol, "Enrol.token must have 16 bytes");
  }
  if (enrol->device_name().size() > protocol::kMaxDeviceNameBytes) {
    co_return fail(ErrorCode::kProtocol, "Enrol.device_name is over 255 bytes");
  }
  const auto signed_well =
      check_signature(connection, greeting, enrol->public_key(), enrol->signature(), enrol->token());
  if (!signed_well) co_return std::unexpected(signed_well.error());
  const auto token = to_array<16>(enrol->token());
  const auto key = to_array<32>(enrol->public_key());
  const auto name = enrol->device_name();
  auto use = [&services, token, key, name] { return services.drive.accounts().enrol(token, key, name); };
  co_return co_await net::run_blocking(services.upload_pool, use);
}

Task<Result<Identity>> log_in_locally(Services& services, const Peer& peer) {
  if (!peer.is_local) co_return fail(ErrorCode::kNotAllowed, "LocalLogin is for the server's Unix socket only");
  if (!peer.is_owner) {
    co_return fail(ErrorCode::kNotAllowed, "only the server's own user and root may use its Unix socket");
  }
  auto find = [&services] { return services.drive.accounts().local_owner(); };
  co_return co_await net::run_blocking(services.pool, find);
}

}  // namespace

Task<Result<Identity>> log_in(Services& services, net::FrameConnection& connection, const Peer& peer) {
  auto greeting = co_await greet(services, connection);
  if (!greeting) co_return std::unexpected(greeting.error());
  auto frame = co_await connection.read_frame();
  if (!frame) co_return std::unexpected(frame.error());
  if (frame->header.stream != kSessionStream) {
    co_return fail(ErrorCode::kProtocol, "log in before opening streams");
  }
  // A device's key says nothing about who is at this machine: local peers are told by their uid alone.
  if (peer.is_local && frame->header.type != FrameType::kLocalLogin) {
    co_return fail(ErrorCode::kNotAllowed, "on the Unix socket the session logs in with LocalLogin");
  }
  Result<Identity> identity =
      fail(ErrorCode::kProtocol, "after Hello, the session must log in with Login, Enrol or LocalLogin");
  if (frame->header.type == FrameType::kLogin) {
    identity = co_await log_in_device(services, connection, *greeting, *frame);
  } else if (frame->header.type == FrameType::kEnrol) {
    identity = co_await enrol_device(services, connection, *greeting, *frame);
  } else if (frame->header.type == FrameType::kLocalLogin) {
    identity = co_await log_in_locally(services, peer);
  }
  if (!identity) co_return identity;
  wire::Welcome welcome;
  welcome.set_user(identity->user_name);
  welcome.set_device_id(std::string(as_text(identity->actor.device)));
  connection.post(FrameType::kWelcome, kSessionStream, welcome);
  co_return identity;
}

}  // namespace ndisk::server
