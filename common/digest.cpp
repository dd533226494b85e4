// The low-level SHA256_* calls are deprecated in OpenSSL 3 but are the only ones that show the midstate.
#define OPENSSL_SUPPRESS_DEPRECATED
#include "common/digest.hpp"

#include <openssl/sha.h>

#include <algorithm>
#include <cstring>

namespace ndisk {
namespace {

constexpr std::size_t kBlock = SHA256_CBLOCK;
constexpr std::size_t kHeader = 8 * 4 + 8;

SHA256_CTX& context(std::uint8_t* state) { return *reinterpret_cast<SHA256_CTX*>(state); }

void put_word(Bytes& out, std::uint32_t word) {
  for (int shift = 24; shift >= 0; shift -= 8) out.push_back(static_cast<std::uint8_t>(word >> shift));
}

std::uint32_t get_word(const std::uint8_t* in) {
  return std::uint32_t{in[0]} << 24 | std::uint32_t{in[1]} << 16 | std::uint32_t{in[2]} << 8 | in[3];
}

}  // namespace

Sha256::Sha256() : state_{} {
  static_assert(sizeof(SHA256_CTX) == kStateBytes && alignof(SHA256_CTX) <= 8);
  SHA256_Init(&context(state_.data()));
}

void Sha256::add(ByteView bytes) {
  SHA256_Update(&context(state_.data()), bytes.data(), bytes.size());
  size_ += bytes.size();
}

Digest Sha256::digest() const {
  auto copy = state_;
  Digest out;
  SHA256_Final(out.data(), &context(copy.data()));
  return out;
}

Bytes Sha256::save() const {
  SHA256_CTX now;
  std::memcpy(&now, state_.data(), sizeof now);
  Bytes out;
  for (auto word : now.h) put_word(out, word);
  put_word(out, static_cast<std::uint32_t>(size_ >> 32));
  put_word(out, static_cast<std::uint32_t>(size_));
  const auto* rest = reinterpret_cast<const std::uint8_t*>(now.data);
  out.insert(out.end(), rest, rest + now.num);
  return out;
}

Result<Sha256> Sha256::restore(ByteView saved) {
  if (saved.size() < kHeader) return fail(ErrorCode::kInvalid, "a stored SHA-256 state is too short");
  const std::uint64_t size = std::uint64_t{get_word(&saved[32])} << 32 | get_word(&saved[36]);
  const auto rest = saved.subspan(kHeader);
  if (rest.size() != size % kBlock) return fail(ErrorCode::kInvalid, "a stored SHA-256 state has a wrong length");
  Sha256 hash;
  auto& now = context(hash.state_.data());
  for (int i = 0; i < 8; ++i) now.h[i] = get_word(&saved[static_cast<std::size_t>(i) * 4]);
  const std::uint64_t bits = size << 3;
  now.Nl = static_cast<SHA_LONG>(bits);
  now.Nh = static_cast<SHA_LONG>(bits >> 32);
  now.num = static_cast<unsigned>(rest.size());
  std::ranges::copy(rest, reinterpret_cast<std::uint8_t*>(now.data));
  hash.size_ = size;
  return hash;
}

// Not SHA256(): that needs memory, and gives any bytes at all where it gets none.
Digest sha256(ByteView bytes) {
  Sha256 hash;
  hash.add(bytes);
  return hash.digest();
}

Result<Digest> digest_from(ByteView bytes) {
  Digest out;
  if (bytes.size() != out.size()) return fail(ErrorCode::kInvalid, "a SHA-256 digest has 32 bytes");
  std::ranges::copy(bytes, out.begin());
  return out;
}

}  // namespace ndisk
