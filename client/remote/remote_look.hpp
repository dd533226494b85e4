// What one path in the drive is, or was in one of its versions. The I/O thread only.
#pragma once

#include <optional>

#include "client/link.hpp"
#include "common/remote_path.hpp"

namespace ndisk::client {

// As Stat has it; its path is the one that was asked for.
net::Task<Result<wire::Entry>> look_at_remote(Link& link, const RemotePath& path);
// A version of the file that has this path: kNotFound, in the server's words, if it is none of that file's.
net::Task<Result<wire::Entry>> look_at_version(Link& link, const RemotePath& path, std::uint64_t version);

// A link can't be read as a file: its content is the path that it leads to, which means something where it came from.
[[nodiscard]] Result<void> check_readable(const RemotePath& path, const wire::Entry& entry);

}  // namespace ndisk::client
