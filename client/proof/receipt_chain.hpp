// Whether receipts belong to one unbroken row: each holds the digest of the one before it, by its number.
//
// They may come in any order, and some may be missing: neighbours are compared when both have come. Memory is bounded:
// the oldest are forgotten. Pure; one thread at a time.
#pragma once

#include <cstdint>
#include <deque>
#include <map>

#include "common/receipt.hpp"

namespace ndisk::client {

class ReceiptChain {
 public:
  // More than are ever under way at once.
  static constexpr std::size_t kRemembered = 4096;

  // Numbers up to `sequence` are known to have been given out before: one of them again means that the server was put
  // back to an older state.
  void begin_after(std::uint64_t sequence) { before_ = sequence; }
  // kIntegrity, naming the numbers, if it does not fit what came before.
  [[nodiscard]] Result<void> add(const Receipt& receipt);

 private:
  struct Known {
    Digest previous{};
    Digest text{};
  };
  std::uint64_t before_ = 0;
  std::map<std::uint64_t, Known> known_;
  std::deque<std::uint64_t> order_;
};

}  // namespace ndisk::client
