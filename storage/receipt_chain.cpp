#include "storage/receipt_chain.hpp"

#include "storage/table_receipts.hpp"

namespace ndisk::storage {

Receipt add_receipt(WriteContext& context, const UserRow& user, const RemotePath& path, const Committed& commit) {
  ReceiptTable table(context.database);
  const auto last = table.last(user.id);
  Receipt receipt;
  receipt.user = user.name;
  receipt.sequence = last.sequence + 1;
  receipt.previous = last.sha256;
  receipt.path = path.bytes();
  receipt.version = commit.version;
  receipt.size = commit.size;
  receipt.sha256 = commit.sha256;
  receipt.durable = context.now();
  receipt.change = commit.change;
  table.insert(user.id, receipt, sha256(as_bytes(receipt_text(receipt))));
  return receipt;
}

std::optional<Receipt> find_receipt(Database& database, const UserRow& user, std::uint64_t sequence,
                                    const Committed& commit) {
  auto receipt = ReceiptTable(database).find(user.id, sequence);
  if (!receipt) return std::nullopt;
  receipt->user = user.name;
  receipt->size = commit.size;
  receipt->sha256 = commit.sha256;
  return receipt;
}

}  // namespace ndisk::storage
