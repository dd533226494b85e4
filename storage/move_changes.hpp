// The rules of moving. Inside the writer's transaction; costs the same whatever is below.
#pragma once

#include "storage/write_context.hpp"

namespace ndisk::storage {

// Errors as those of Drive::move.
[[nodiscard]] Result<Placed> move_path(WriteContext& context, const Actor& actor, const MoveRequest& request);

}  // namespace ndisk::storage
