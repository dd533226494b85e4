// The catalog's schema and the numbered migrations that lead to it (docs/storage-format.md).
#pragma once

#include "storage/sqlite.hpp"

namespace ndisk::storage {

inline constexpr int kApplicationId = 0x6e64736b;  // "ndsk"
inline constexpr int kSchemaVersion = 3;

// Has no tables at all.
[[nodiscard]] bool is_empty(Database& database);

// Brings a catalog, an empty file included, to this version, in one transaction: what fails or is cut off leaves the
// old format. kUnsupportedVersion if a newer one than kSchemaVersion made it, kInvalid if it is not a catalog of ndisk;
// then nothing is changed.
[[nodiscard]] Result<void> migrate(Database& database, int version = kSchemaVersion);

}  // namespace ndisk::storage
