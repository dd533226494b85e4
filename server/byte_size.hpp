// Sizes as people write and read them. Pure; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/error.hpp"

namespace ndisk::server {

// "4096", "500M", "1.5T", "10GiB": powers of 1024, with K, M, G, T or P in either case, "iB" behind it or not; up to
// 2^63 - 1 bytes. A fraction of a byte is left out. kInvalid for all else.
[[nodiscard]] Result<std::uint64_t> parse_byte_size(std::string_view text);

// "0 B", "1.5 KiB".
[[nodiscard]] std::string human_bytes(std::uint64_t bytes);

}  // namespace ndisk::server
