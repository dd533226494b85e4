// The table receipts: each user's chain of receipts. A receipt's content (size, digest) stands with the request that it
// answers. See sqlite.hpp for errors. One thread at a time.
#pragma once

#include <optional>

#include "common/receipt.hpp"
#include "storage/sqlite.hpp"

namespace ndisk::storage {

// The end of a chain.
struct LastReceipt {
  std::uint64_t sequence = 0;  // 0: there is none
  Digest sha256{};             // of its text
};

class ReceiptTable {
 public:
  explicit ReceiptTable(Database& database) : database_(database) {}

  [[nodiscard]] LastReceipt last(std::int64_t user);
  // Without the user's name, size and digest of the content.
  [[nodiscard]] std::optional<Receipt> find(std::int64_t user, std::uint64_t sequence);
  // SHA-256 of its text.
  [[nodiscard]] std::optional<Digest> find_hash(std::int64_t user, std::uint64_t sequence);
  void insert(std::int64_t user, const Receipt& receipt, const Digest& hash);
  // Up to `limit` of a user's; returns how many.
  std::int64_t remove_some(std::int64_t user, int limit);

 private:
  Database& database_;
};

}  // namespace ndisk::storage
