// The rules of copying. Inside the writer's transaction; content is referred to, never read.
#pragma once

#include "storage/write_context.hpp"

namespace ndisk::storage {

// All of it or nothing. Memory does not grow with what is copied. Errors as those of Drive::copy. A light one is a copy
// for which nobody was to wait: of a folder that has grown larger since that was said it is kBusy, retryable.
[[nodiscard]] Result<Placed> copy_path(WriteContext& context, const Actor& actor, const CopyRequest& request,
                                       bool is_light);

}  // namespace ndisk::storage
