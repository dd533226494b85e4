// A receipt: the server's word that it holds a version of a file, chained to the receipt before it.
//
// The text is what the server signs and what the next receipt's `previous` is the SHA-256 of (docs/protocol.md,
// "Receipts"). Pure; any thread.
#pragma once

#include <cstdint>
#include <string>

#include "common/clock.hpp"
#include "common/digest.hpp"

namespace ndisk {

struct Receipt {
  std::string user;
  std::uint64_t sequence = 0;  // counts the user's receipts from 1
  Digest previous{};           // SHA-256 of the text before; all zero for the first
  std::string path;            // in the drive, as bytes
  std::uint64_t version = 0;
  std::uint64_t size = 0;
  Digest sha256{};
  TimeNs durable = 0;
  std::uint64_t change = 0;  // the drive's change number

  friend bool operator==(const Receipt&, const Receipt&) = default;
};

// Lines of "name value", in this order: the path in hexadecimal, digests in hexadecimal, numbers in decimal. Two
// different receipts never have the same text.
[[nodiscard]] std::string receipt_text(const Receipt& receipt);

}  // namespace ndisk
