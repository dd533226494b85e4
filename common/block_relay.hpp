// relay_blocks: content that one thread reads and digests while another one, if it is free for that, writes it.
#pragma once

#include <functional>

#include "common/beside.hpp"
#include "common/digest.hpp"
#include "common/error.hpp"

namespace ndisk {

struct DigestedBlock {
  Bytes bytes;
  Sha256 all;  // of everything up to the end of the bytes
};

// Fills a block that has the bytes and the digest of an earlier one; leaves it without bytes at the end.
using ReadBlock = std::function<Result<void>(DigestedBlock& block)>;
using WriteBlock = std::function<Result<void>(const DigestedBlock& block)>;

// Blocks are read by the caller, one after the other, and written in that order, each once, one at a time. Two of them
// take memory. The first error ends it; what was read before one of reading is written. kBusy if there is no memory.
[[nodiscard]] Result<void> relay_blocks(Beside& beside, const ReadBlock& read, const WriteBlock& write);

}  // namespace ndisk
