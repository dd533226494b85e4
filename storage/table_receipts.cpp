#include "storage/table_receipts.hpp"

namespace ndisk::storage {

LastReceipt ReceiptTable::last(std::int64_t user) {
  auto query =
      database_.query("SELECT sequence, hash FROM receipts WHERE user = ? ORDER BY sequence DESC LIMIT 1", user);
  if (!query.step()) return {};
  return {query.number(0), query.fixed<32>(1)};
}

std::optional<Receipt> ReceiptTable::find(std::int64_t user, std::uint64_t sequence) {
  auto query = database_.query(
      "SELECT version, path, durable, change, previous FROM receipts WHERE user = ? AND sequence = ?", user, sequence);
  if (!query.step()) return std::nullopt;
  Receipt receipt;
  receipt.sequence = sequence;
  receipt.version = query.number(0);
  receipt.path = query.bytes(1);
  receipt.durable = query.integer(2);
  receipt.change = query.number(3);
  receipt.previous = query.fixed<32>(4);
  return receipt;
}

std::optional<Digest> ReceiptTable::find_hash(std::int64_t user, std::uint64_t sequence) {
  auto query = database_.query("SELECT hash FROM receipts WHERE user = ? AND sequence = ?", user, sequence);
  if (!query.step()) return std::nullopt;
  return query.fixed<32>(0);
}

void ReceiptTable::insert(std::int64_t user, const Receipt& receipt, const Digest& hash) {
  database_.run(
      "INSERT INTO receipts (user, sequence, version, path, durable, change, previous, hash) "
      "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
      user, receipt.sequence, receipt.version, as_bytes(receipt.path), receipt.durable, receipt.change,
      receipt.previous, hash);
}

std::int64_t ReceiptTable::remove_some(std::int64_t user, int limit) {
  database_.run(
      "DELETE FROM receipts WHERE user = ?1 AND sequence IN "
      "(SELECT sequence FROM receipts WHERE user = ?1 ORDER BY sequence LIMIT ?2)",
      user, limit);
  return database_.failed() ? 0 : database_.changes();
}

}  // namespace ndisk::storage
