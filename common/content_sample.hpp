// A content's sample: the digest of its beginning, middle and end. Contents of one size are mostly told apart by it,
// for three small reads; that two are the same, only the digest of the whole says. docs/protocol.md ("Upload") has the
// rule, as both ends have to sample alike. Does no I/O of its own; any thread.
#pragma once

#include <functional>
#include <span>

#include "common/digest.hpp"

namespace ndisk {

// Fills `out` from `offset`; returns how many bytes there were.
using ReadAt = std::function<Result<std::size_t>(std::uint64_t offset, std::span<std::uint8_t> out)>;

// Of a content of `size` bytes. kIntegrity if it gives fewer; what `read` fails with.
[[nodiscard]] Result<Digest> content_sample(std::uint64_t size, const ReadAt& read);

}  // namespace ndisk
