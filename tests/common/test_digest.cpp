#include "common/digest.hpp"

#include "tests/catch.hpp"

namespace ndisk {
namespace {

// Bytes that differ from each other over more than one block.
Bytes pattern(std::size_t size) {
  Bytes bytes(size);
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::uint8_t>(i * 7 + i / 251);
  return bytes;
}

Sha256 hash_of(ByteView bytes) {
  Sha256 hash;
  hash.add(bytes);
  return hash;
}

TEST_CASE("sha256: gives the digests of the NIST examples") {
  const std::pair<std::string, const char*> vectors[] = {
      {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
      {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
      {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
       "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
      {"abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrst"
       "u",
       "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"},
      {std::string(1'000'000, 'a'), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"}};
  for (const auto& [text, digest] : vectors) {
    CHECK(to_hex(sha256(as_bytes(text))) == digest);
    CHECK(to_hex(hash_of(as_bytes(text)).digest()) == digest);
  }
}

TEST_CASE("sha256: pieces of any size give the digest of the whole") {
  const auto bytes = pattern(300);
  for (std::size_t piece = 1; piece <= 130; ++piece) {
    Sha256 hash;
    for (std::size_t at = 0; at < bytes.size(); at += piece) {
      hash.add(ByteView(bytes).subspan(at, std::min(piece, bytes.size() - at)));
    }
    CHECK(hash.digest() == sha256(bytes));
    CHECK(hash.size() == bytes.size());
  }
}

TEST_CASE("sha256: more can be added after a digest was taken") {
  auto hash = hash_of(as_bytes("ab"));
  CHECK(hash.digest() == sha256(as_bytes("ab")));
  hash.add(as_bytes("c"));
  CHECK(hash.digest() == sha256(as_bytes("abc")));
}

TEST_CASE("sha256: a copy goes its own way") {
  auto hash = hash_of(as_bytes("ab"));
  auto copy = hash;
  copy.add(as_bytes("x"));
  hash.add(as_bytes("c"));
  CHECK(hash.digest() == sha256(as_bytes("abc")));
  CHECK(copy.digest() == sha256(as_bytes("abx")));
}

TEST_CASE("sha256: a state saved at any place of a block goes on after restoring") {
  const auto bytes = pattern(200);
  for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
    CAPTURE(cut);
    const auto saved = hash_of(ByteView(bytes).first(cut)).save();
    CHECK(saved.size() == 40 + cut % 64);
    auto restored = Sha256::restore(saved);
    REQUIRE(restored);
    CHECK(restored->size() == cut);
    CHECK(restored->save() == saved);
    restored->add(ByteView(bytes).subspan(cut));
    CHECK(restored->digest() == sha256(bytes));
  }
}

TEST_CASE("sha256: the saved state is the one that is documented") {
  // The initial hash value of FIPS 180-4, section 5.3.3, a count of 3, and the unfinished block.
  CHECK(to_hex(hash_of(as_bytes("abc")).save()) ==
        "6a09e667bb67ae853c6ef372a54ff53a510e527f9b05688c1f83d9ab5be0cd19"
        "0000000000000003"
        "616263");
}

TEST_CASE("sha256: a size beyond 32 bits survives saving") {
  auto saved = Sha256().save();
  saved[35] = 0x05;  // 5 * 2^32 bytes: a whole number of blocks
  const auto restored = Sha256::restore(saved);
  REQUIRE(restored);
  CHECK(restored->size() == std::uint64_t{5} << 32);
  CHECK(restored->save() == saved);
  CHECK(restored->digest() != Sha256().digest());
}

TEST_CASE("sha256: a state of the wrong length is refused") {
  const auto saved = hash_of(pattern(70)).save();
  for (std::size_t size = 0; size < saved.size(); ++size) {
    CAPTURE(size);
    const auto restored = Sha256::restore(ByteView(saved).first(size));
    REQUIRE_FALSE(restored);
    CHECK(restored.error().code == ErrorCode::kInvalid);
  }
  auto longer = saved;
  longer.push_back(0);
  CHECK_FALSE(Sha256::restore(longer));
}

TEST_CASE("digest_from: takes exactly 32 bytes") {
  const auto digest = sha256(as_bytes("abc"));
  CHECK(digest_from(digest).value() == digest);
  for (std::size_t size : {0u, 31u, 33u}) {
    const auto result = digest_from(pattern(size));
    REQUIRE_FALSE(result);
    CHECK(result.error().code == ErrorCode::kInvalid);
  }
}

}  // namespace
}  // namespace ndisk
