#include "common/net/server_signature.hpp"

#include "tests/catch.hpp"

namespace ndisk::net {
namespace {

// Made with the command openssl, as was the signature of "text" below.
constexpr char kEd25519Key[] = R"(-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEIK8pFagTXO741tRbcYPZh49otpiO6Hl2mIZkrIn6hxG8
-----END PRIVATE KEY-----
)";
constexpr char kEd25519Certificate[] = R"(-----BEGIN CERTIFICATE-----
MIIBODCB66ADAgECAhQ+qE/iuiQtxpLN7w96CvFrD88k0TAFBgMrZXAwETEPMA0G
A1UEAwwGbmRpc2tkMCAXDTI2MTEyMTA5MTY0OVoYDzIxMjYxMDI4MDkxNjQ5WjAR
MQ8wDQYDVQQDDAZuZGlza2QwKjAFBgMrZXADIQAJtz6AcdUwFzau5i7EXqB7VK4D
1ob+H6yUZDteCct35aNTMFEwHQYDVR0OBBYEFJe+QmzJGqyCuP+Zix5aKopORYNh
MB8GA1UdIwQYMBaAFJe+QmzJGqyCuP+Zix5aKopORYNhMA8GA1UdEwEB/wQFMAMB
Af8wBQYDK2VwA0EAapS+u8vDCFEYRzMG7q+CzSXttF4AqYtrD7OS1sEi65j1Lzfv
luq00sthbCAB9zmyBY0K+8MLfaDj2+Am/9JhAA==
-----END CERTIFICATE-----
)";

ServerSigner make_signer() { return ServerSigner::create(make_server_identity().value()).value(); }

}  // namespace

TEST_CASE("server signature: what the server signed is valid under its public key") {
  const auto signer = make_signer();
  const auto signature = signer.sign(as_bytes("text")).value();
  CHECK(signature_of_server_is_valid(signer.public_key_der(), signature, as_bytes("text")));
}

TEST_CASE("server signature: another text, another key and another signature fail") {
  const auto signer = make_signer();
  auto signature = signer.sign(as_bytes("text")).value();
  CHECK_FALSE(signature_of_server_is_valid(signer.public_key_der(), signature, as_bytes("texT")));
  CHECK_FALSE(signature_of_server_is_valid(make_signer().public_key_der(), signature, as_bytes("text")));
  signature.back() ^= 1;
  CHECK_FALSE(signature_of_server_is_valid(signer.public_key_der(), signature, as_bytes("text")));
}

TEST_CASE("server signature: nothing is valid without a signature or under what is no key") {
  const auto signer = make_signer();
  const auto signature = signer.sign(as_bytes("text")).value();
  auto longer = signer.public_key_der();
  longer.push_back(0);
  CHECK_FALSE(signature_of_server_is_valid(signer.public_key_der(), Bytes(), as_bytes("text")));
  CHECK_FALSE(signature_of_server_is_valid(Bytes(), signature, as_bytes("text")));
  CHECK_FALSE(signature_of_server_is_valid(Bytes(91, 7), signature, as_bytes("text")));
  CHECK_FALSE(signature_of_server_is_valid(longer, signature, as_bytes("text")));
}

TEST_CASE("server signature: the public key's pin is the certificate's") {
  const auto identity = make_server_identity().value();
  const auto signer = ServerSigner::create(identity).value();
  CHECK(pin_of_public_key(signer.public_key_der()) == pin_of(identity.certificate_pem).value());
}

TEST_CASE("server signature: an Ed25519 key gives the signature that openssl gives") {
  const auto signer = ServerSigner::create({kEd25519Key, kEd25519Certificate}).value();
  CHECK(to_hex(signer.public_key_der()) ==
        "302a300506032b657003210009b73e8071d5301736aee62ec45ea07b54ae03d686fe1fac94643b5e09cb77e5");
  const auto signature = signer.sign(as_bytes("text")).value();
  CHECK(to_hex(signature) ==
        "596b28c80cc659b860888fdf7a34bf5d4b51e975530f2ca6f88d5cbadb4adc22"
        "3e90fcbe1cd4896449c76f544946be42fbeae04577ef292e6bfdb443a276ea0d");
  CHECK(signature_of_server_is_valid(signer.public_key_der(), signature, as_bytes("text")));
}

TEST_CASE("server signature: a key without its certificate is refused") {
  const auto one = make_server_identity().value(), two = make_server_identity().value();
  const auto signer = ServerSigner::create({one.key_pem, two.certificate_pem});
  REQUIRE_FALSE(signer.has_value());
  CHECK(signer.error().code == ErrorCode::kInvalid);
}

}  // namespace ndisk::net
