// What the catalog remembers of receipts.
#include "storage/drive_core.hpp"
#include "storage/table_receipts.hpp"

namespace ndisk::storage {

Result<ReceiptState> DriveCore::receipt_state(const Actor& actor, std::uint64_t sequence) {
  const Gate gate(*this);
  if (!gate.is_open()) return std::unexpected(closed_error());
  return catalog_->read([&](Database& database) -> Result<ReceiptState> {
    const auto user = UserTable(database).require(actor.user);
    if (!user) return std::unexpected(user.error());
    ReceiptTable table(database);
    return ReceiptState{table.find_hash(user->id, sequence), table.last(user->id).sequence, user->change};
  });
}

}  // namespace ndisk::storage
