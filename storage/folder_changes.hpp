// The rules of removing and of making folders. Inside the writer's transaction; the results are change numbers.
#pragma once

#include "storage/write_context.hpp"

namespace ndisk::storage {

// Moves what stands at the path to the trash: one row, whatever is below. Errors as those of Drive::remove.
[[nodiscard]] Result<std::uint64_t> remove_path(WriteContext& context, const Actor& actor, const RequestId& request_id,
                                                const RemotePath& path, bool recursive);

// Makes a folder and its parents. One that exists is fine unless it must not: then only its attributes may change. The
// drive itself exists, and takes no attributes. Errors as those of Drive::make_folder.
[[nodiscard]] Result<std::uint64_t> make_folder(WriteContext& context, const Actor& actor,
                                                const FolderRequest& request);

// Moves what stands at the place to the trash, under its path. The change is the caller's to count, and the tree's.
void put_in_trash(WriteContext& context, UserRow& user, const Actor& actor, const RemotePath& path, const Place& place);

}  // namespace ndisk::storage
