// Where a move or a copy comes from and where it ends: the rules of naming that both share. Inside the writer's
// transaction.
#pragma once

#include "storage/write_context.hpp"

namespace ndisk::storage {

enum class Transfer : std::uint8_t { kMove, kCopy };

// Where `from` leads; its node is set. kNotFound; kInvalid: it is the drive itself.
[[nodiscard]] Result<Place> find_source(WriteContext& context, const UserRow& user, const MoveRequest& request,
                                        Transfer transfer);

// `to` itself, or, where it is a folder and not meant exactly, the name of `from` in it. kInvalid: that is too long.
[[nodiscard]] Result<RemotePath> choose_destination(WriteContext& context, const UserRow& user,
                                                    const MoveRequest& request);

// Whether `source` may come to `path`, of which `place` tells what is there. Errors as those of Drive::move; whether a
// folder may come over a folder is the caller's to say.
[[nodiscard]] Result<void> check_destination(const MoveRequest& request, const NodeRow& source, const RemotePath& path,
                                             const Place& place, Transfer transfer);

// Whether a node may replace another: kIsFolder, kNotFolder; kConflict if nothing may be replaced.
[[nodiscard]] Result<void> check_replace(const NodeRow& source, std::string_view path, const NodeRow& there,
                                         bool no_clobber);

}  // namespace ndisk::storage
