// The table outbox: what DATA/tree has still to be told. See sqlite.hpp for errors. One thread at a time.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/digest.hpp"
#include "storage/sqlite.hpp"

namespace ndisk::storage {

enum class TreeOp : std::uint8_t { kLink = 1, kMakeFolder = 2, kRemove = 3, kRename = 4, kRemoveUser = 5 };

struct OutboxRow {
  std::int64_t seq = 0;
  std::int64_t user = 0;
  TreeOp op = TreeOp::kLink;
  // Empty, with kRemove: everything of the user. Of kRemoveUser the user's folder in tree/; empty: all that are no
  // user's.
  std::string path;
  std::int64_t object = 0;  // of kLink
  Digest sha256{};
  std::string target{};  // of kRename: the path's own from now on, with all below it
};

class OutboxTable {
 public:
  explicit OutboxTable(Database& database) : database_(database) {}

  // Returns the entry's number.
  std::int64_t add(const OutboxRow& row);
  [[nodiscard]] std::vector<OutboxRow> after(std::int64_t seq, int limit);
  [[nodiscard]] std::int64_t last();
  // The highest number that any entry ever had.
  [[nodiscard]] std::int64_t highest_used();
  void remove_up_to(std::int64_t seq);
  // A folder that comes into the tree with all below it: entries for each, parents first. Memory is bounded. Returns
  // the last one's number.
  std::int64_t add_folder(std::int64_t user, std::int64_t folder, const std::string& path);
  // The same of all that a user has; what the tree has there goes first.
  std::int64_t add_user(std::int64_t user, std::int64_t root);
  // Replaces what is in it by entries that make the whole tree of every user anew. Memory is bounded.
  void refill();

 private:
  void add_children(std::int64_t user, std::int64_t folder, const std::string& prefix);
  void add_below(std::int64_t after);
  std::optional<OutboxRow> next_folder(std::int64_t after);

  Database& database_;
};

}  // namespace ndisk::storage
