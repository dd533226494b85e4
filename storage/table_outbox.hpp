// The table outbox: what DATA/tree has still to be told. See sqlite.hpp for errors. One thread at a time.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/digest.hpp"
#include "storage/sqlite.hpp"

namespace ndisk::storage {

enum class TreeOp : std::uint8_t { kLink = 1, kMakeFolder = 2, kRemove = 3 };

struct OutboxRow {
  std::int64_t seq = 0;
  std::int64_t user = 0;
  TreeOp op = TreeOp::kLink;
  std::string path;         // empty, with kRemove: everything of the user
  std::int64_t object = 0;  // of kLink
  Digest sha256{};
};

class OutboxTable {
 public:
  explicit OutboxTable(Database& database) : database_(database) {}

  // Returns the entry's number.
  std::int64_t add(const OutboxRow& row);
  [[nodiscard]] std::vector<OutboxRow> after(std::int64_t seq, int limit);
  [[nodiscard]] std::int64_t last();
  void remove_up_to(std::int64_t seq);
  // Replaces what is in it by entries that make the whole tree of every user anew. Memory is bounded.
  void refill();

 private:
  void add_children(std::int64_t user, std::int64_t folder, const std::string& prefix);
  std::optional<OutboxRow> next_folder(std::int64_t after);

  Database& database_;
};

}  // namespace ndisk::storage
