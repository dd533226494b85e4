// What one copy may take: the drive refuses more, and a client then copies in parts. docs/protocol.md, "Copy".
#pragma once

#include <cstdint>

namespace ndisk {

// Files and folders below the folder that is copied. Everybody's changes wait while it is written: about a second, on
// a small machine.
inline constexpr std::uint64_t kMaxCopiedEntries = 50'000;

}  // namespace ndisk
