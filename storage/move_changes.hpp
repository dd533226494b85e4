// The rules of moving. Inside the writer's transaction; costs the same whatever is below, unless a path there might
// become too long: then all of it is looked at.
#pragma once

#include "storage/write_context.hpp"

namespace ndisk::storage {

// Errors as those of Drive::move; light: it must not take long, kBusy, retryable, if it would by now.
[[nodiscard]] Result<Placed> move_path(WriteContext& context, const Actor& actor, const MoveRequest& request,
                                       bool is_light);

}  // namespace ndisk::storage
