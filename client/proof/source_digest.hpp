// The digest of a local file or link, whole. Blocks: on the pool.
#pragma once

#include "client/link.hpp"
#include "client/upload/source_walker.hpp"
#include "common/digest.hpp"

namespace ndisk::client {

// kConflict if the file changed meanwhile, or since it was found; kCancelled once the link is stopping.
[[nodiscard]] Result<Digest> digest_of_source(const Link& link, const SourceItem& item);

}  // namespace ndisk::client
