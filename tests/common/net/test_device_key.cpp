#include "common/net/device_key.hpp"

#include "tests/catch.hpp"

namespace ndisk::net {

TEST_CASE("device key: RFC 8032, section 7.1, test 2 gives its public key and signature") {
  const auto seed_bytes = from_hex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb").value();
  DeviceSeed seed;
  std::ranges::copy(seed_bytes, seed.begin());
  const auto key = public_key_of(seed);
  REQUIRE(key.has_value());
  CHECK(to_hex(*key) == "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c");
  const Bytes text{0x72};
  const auto signature = sign(seed, text);
  REQUIRE(signature.has_value());
  CHECK(to_hex(*signature) ==
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
        "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00");
  CHECK(signature_is_valid(*key, *signature, text));
}

TEST_CASE("device key: a signature fails on another text, another key, and a key that is none") {
  const auto seed = make_device_seed();
  const auto key = public_key_of(seed).value();
  const auto signature = sign(seed, as_bytes("text")).value();
  CHECK(signature_is_valid(key, signature, as_bytes("text")));
  CHECK_FALSE(signature_is_valid(key, signature, as_bytes("texT")));
  CHECK_FALSE(signature_is_valid(public_key_of(make_device_seed()).value(), signature, as_bytes("text")));
  CHECK_FALSE(signature_is_valid(Bytes(7), signature, as_bytes("text")));
}

}  // namespace ndisk::net
