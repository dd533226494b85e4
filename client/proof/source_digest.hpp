// The digest of a local file or link, whole. Blocks: on the pool.
#pragma once

#include "client/link.hpp"
#include "client/transfer/source_file.hpp"
#include "client/upload/source_walker.hpp"
#include "common/digest.hpp"

namespace ndisk::client {

struct SourceDigest {
  SourceFile file;  // that was read: while it is open, no other file has its inode number
  Digest sha256{};  // of what was asked to come first, and the content
};

// Of a regular file, as it was at one moment: read again where it may have been written meanwhile. Nothing if it
// changed, or kept being touched; kCancelled once the link is stopping.
[[nodiscard]] Result<std::optional<SourceDigest>> digest_at_rest(const Link& link, const std::string& path,
                                                                 std::size_t followed, const Sha256& first);

// kConflict if the file changed meanwhile, or since it was found; kCancelled once the link is stopping.
[[nodiscard]] Result<Digest> digest_of_source(const Link& link, const SourceItem& item);

}  // namespace ndisk::client
