#include "common/net/tls.hpp"

#include <unistd.h>

#include "common/protocol/versions.hpp"
#include "tests/common/net/run_task.hpp"
#include "tests/common/net/socket_pair.hpp"

namespace ndisk::net {
namespace {

struct TlsSetup {
  ServerIdentity identity = make_server_identity().value();
  TlsServerContext server = TlsServerContext::create(identity).value();
  TlsClientContext client = TlsClientContext::create().value();
  Digest pin = pin_of(identity.certificate_pem).value();
};

// The two ends of one handshake, taken in turns until both have an outcome or nothing moves.
struct Handshake {
  Handshake(const TlsSetup& setup, const Digest& expected_pin)
      : descriptors(descriptor_pair()),
        client(setup.client.connect(descriptors[0], expected_pin)),
        server(setup.server.accept(descriptors[1])) {
    for (int turn = 0; turn < 20 && !(is_over(client_outcome) && is_over(server_outcome)); ++turn) {
      if (!is_over(client_outcome)) client_outcome = client->handshake();
      if (!is_over(server_outcome)) server_outcome = server->handshake();
    }
  }
  ~Handshake() {
    for (int descriptor : descriptors) ::close(descriptor);
  }
  static bool is_over(const Result<Attempt>& outcome) { return !outcome || outcome->state == Attempt::State::kDone; }

  std::array<int, 2> descriptors;
  std::unique_ptr<Transport> client;
  std::unique_ptr<Transport> server;
  Result<Attempt> client_outcome = Attempt{Attempt::State::kWaitReadable};
  Result<Attempt> server_outcome = Attempt{Attempt::State::kWaitReadable};
};

}  // namespace

TEST_CASE("tls: the client accepts a server whose key is the pinned one") {
  const TlsSetup setup;
  const Handshake handshake(setup, setup.pin);
  CHECK(handshake.client_outcome.has_value());
  CHECK(handshake.server_outcome.has_value());
}

TEST_CASE("tls: another key ends the handshake and both fingerprints are named") {
  const TlsSetup setup, other;
  const Handshake handshake(setup, other.pin);
  REQUIRE_FALSE(handshake.client_outcome.has_value());
  CHECK(handshake.client_outcome.error().code == ErrorCode::kIdentity);
  CHECK(handshake.client_outcome.error().message.find(to_hex(setup.pin)) != std::string::npos);
  CHECK(handshake.client_outcome.error().message.find(to_hex(other.pin)) != std::string::npos);
  CHECK_FALSE(handshake.server_outcome.has_value());
}

TEST_CASE("tls: both ends export the same keying material, and every connection another") {
  const TlsSetup setup;
  const Handshake first(setup, setup.pin), second(setup, setup.pin);
  const auto of_client = first.client->export_keying_material(protocol::kExporterLabel, protocol::kExporterBytes);
  const auto of_server = first.server->export_keying_material(protocol::kExporterLabel, protocol::kExporterBytes);
  const auto of_other = second.client->export_keying_material(protocol::kExporterLabel, protocol::kExporterBytes);
  REQUIRE((of_client && of_server && of_other));
  CHECK(of_client->size() == protocol::kExporterBytes);
  CHECK(*of_client == *of_server);
  CHECK(*of_client != *of_other);
}

TEST_CASE("tls: what one end writes the other reads") {
  const TlsSetup setup;
  const Handshake handshake(setup, setup.pin);
  const std::string text(10'000, 'n');
  REQUIRE(handshake.client->write(as_bytes(text))->bytes == text.size());
  Bytes read(text.size());
  REQUIRE(handshake.server->read(read)->bytes == text.size());
  CHECK(as_text(read) == text);
}

TEST_CASE("tls: a server key without its certificate is refused") {
  const auto one = make_server_identity().value(), two = make_server_identity().value();
  const auto context = TlsServerContext::create({one.key_pem, two.certificate_pem});
  REQUIRE_FALSE(context.has_value());
  CHECK(context.error().code == ErrorCode::kInvalid);
}

TEST_CASE("tls: garbage instead of a handshake is an error, not a wait") {
  const TlsSetup setup;
  const auto descriptors = descriptor_pair();
  const auto server = setup.server.accept(descriptors[1]);
  const std::string garbage(100, '\x16');
  REQUIRE(::write(descriptors[0], garbage.data(), garbage.size()) == 100);
  CHECK_FALSE(server->handshake().has_value());
  for (int descriptor : descriptors) ::close(descriptor);
}

}  // namespace ndisk::net
