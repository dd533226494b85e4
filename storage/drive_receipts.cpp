// What the catalog remembers of receipts.
#include "storage/drive_core.hpp"

namespace ndisk::storage {

Result<ReceiptState> DriveCore::receipt_state(const Actor&, std::uint64_t) {
  return fail(ErrorCode::kInternal, "not built yet");
}

}  // namespace ndisk::storage
