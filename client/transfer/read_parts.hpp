// Parts of a local file, read on the pool.
#pragma once

#include <functional>
#include <vector>

#include "client/transfer/source_file.hpp"
#include "client/transfer/transfer.hpp"
#include "common/chunks/copy_plan.hpp"

namespace ndisk::client {

// Bytes of a part, in order, with their offset in the file; none: the part has ended, at its end or the file's.
using TakeBytes = std::function<void(std::uint64_t offset, ByteView bytes)>;

// `take` is called on the pool. kCancelled if the link is stopping.
net::Task<Result<void>> read_parts(Transfer& transfer, const SourceFile& file, std::vector<chunks::Range> parts,
                                   TakeBytes take);

}  // namespace ndisk::client
