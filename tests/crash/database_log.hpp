// SQLite's write-ahead log, as far as SQLite itself would believe it (https://www.sqlite.org/fileformat.html, "WAL").
// Pure.
#pragma once

#include "common/bytes.hpp"

namespace ndisk::crash {

// The bytes from the beginning to the end of the last whole transaction: what comes after has wrong checksums or no
// end, and is not read by anyone. 0 if there is none.
[[nodiscard]] std::size_t believed_bytes(ByteView log);

}  // namespace ndisk::crash
