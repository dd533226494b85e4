// A folder that holds more than one copy may take (kMaxCopiedEntries): made, and filled copy by copy. The I/O thread
// only. Memory does not grow with what is copied.
#pragma once

#include "client/commands/each_operand.hpp"

namespace ndisk::client {

// Whether it is such a folder.
net::Task<Result<bool>> is_too_much_for_one_copy(Link& link, const RemotePath& path);

// Ends at the first thing that fails; what was copied by then stays. Done.path is where the copy is, as after Copy.
net::Task<Result<wire::Done>> copy_parts(Context& context, const Operand& source, const RemotePath& destination,
                                         const CopyOptions& options);

// One Copy.
net::Task<Result<wire::Done>> ask_copy(Link& link, const RemotePath& from, const RemotePath& to,
                                       const CopyOptions& options);

}  // namespace ndisk::client
