// The digest of a local file or link, whole. Blocks: on the pool.
#pragma once

#include <string>

#include "client/link.hpp"
#include "common/digest.hpp"

namespace ndisk::client {

// kConflict if the file changed meanwhile; kCancelled once the link is stopping.
[[nodiscard]] Result<Digest> digest_of_source(const Link& link, const std::string& local, bool is_link);

}  // namespace ndisk::client
