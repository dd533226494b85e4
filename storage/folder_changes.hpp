// The rules of removing and of making folders. Inside the writer's transaction; the results are change numbers.
#pragma once

#include "storage/write_context.hpp"

namespace ndisk::storage {

// Moves what stands at the path to the trash: one row, whatever is below. Errors as those of Drive::remove.
[[nodiscard]] Result<std::uint64_t> remove_path(WriteContext& context, const Actor& actor, const RequestId& request_id,
                                                const RemotePath& path, bool recursive);

// Makes a folder and its parents; one that exists is fine.
[[nodiscard]] Result<std::uint64_t> make_folder(WriteContext& context, const Actor& actor, const RequestId& request_id,
                                                const RemotePath& path);

}  // namespace ndisk::storage
