// A large file put together from an older copy that is here and what has to be got.
//
// The I/O thread only; reading and digests run on the pool, and so does writing where no thread is to be had for it.
#pragma once

#include "client/download/download.hpp"
#include "client/download/part_file.hpp"
#include "client/transfer/copy_plans.hpp"

namespace ndisk::client {

// Fills the part from where it is to its end: what the plan finds in `older` from there, the rest from the server. An
// `older` that changes meanwhile, or can't be read, gives a part that is not intact. Errors that another try may mend
// are retried.
net::Task<Result<void>> assemble(Transfer& transfer, const RemoteFile& file, const SourceFile& older,
                                 const chunks::CopyPlan& plan, PartFile& part);

// The file at the target, if what it is to become, of `size` bytes of which so many are missing, may be in it in part:
// opened, and worth reading. Blocks.
[[nodiscard]] std::optional<SourceFile> open_older(const std::string& target, std::uint64_t size,
                                                   std::uint64_t missing);

}  // namespace ndisk::client
