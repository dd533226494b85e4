// SHA-256 (FIPS 180-4), whole and in pieces, with a state that can be stored and taken up again.
//
// A Sha256 is a value that may be copied; one thread at a time. OpenSSL does the work but is not in this header.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "common/bytes.hpp"

namespace ndisk {

using Digest = std::array<std::uint8_t, 32>;

class Sha256 {
 public:
  Sha256();

  void add(ByteView bytes);
  // The digest of all bytes so far; more may be added afterwards.
  [[nodiscard]] Digest digest() const;
  // How many bytes were added.
  [[nodiscard]] std::uint64_t size() const { return size_; }

  // The midstate as bytes that restore() takes, on any machine: 8 words and the byte count, big-endian, then the
  // bytes of the unfinished block (docs/storage-format.md).
  [[nodiscard]] Bytes save() const;
  // kInvalid if the bytes are not what save() gives.
  [[nodiscard]] static Result<Sha256> restore(ByteView saved);

 private:
  static constexpr std::size_t kStateBytes = 112;  // sizeof(SHA256_CTX), checked in digest.cpp
  alignas(8) std::array<std::uint8_t, kStateBytes> state_;
  std::uint64_t size_ = 0;
};

[[nodiscard]] Digest sha256(ByteView bytes);

// kInvalid unless there are exactly 32 bytes.
[[nodiscard]] Result<Digest> digest_from(ByteView bytes);

}  // namespace ndisk
